#include "clipguide/guide/run.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "clipguide/base/error.h"
#include "clipguide/base/memory.h"
#include "clipguide/base/one_thread.h"
#include "clipguide/clip/frozen/compile_tower.h"
#include "clipguide/guide/collage_start.h"
#include "clipguide/guide/default_lr.h"
#include "clipguide/guide/memory_plan.h"
#include "clipguide/guide/model_card.h"
#include "clipguide/guide/prompt_schedule.h"
#include "clipguide/guide/run_canvas.h"
#include "clipguide/guide/run_prompts.h"
#include "clipguide/guide/scheduled_view.h"
#include "clipguide/guide/start_search.h"
#include "clipguide/imaging/margin.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/media/picture.h"
#include "clipguide/objective/contrast_objective.h"
#include "clipguide/objective/plain_words.h"
#include "clipguide/objective/prompt_text.h"
#include "clipguide/objective/regularizers.h"
#include "clipguide/objective/scheduled_objective.h"
#include "clipguide/view/view_options.h"

namespace clipguide::guide {

/// Texts whose embeddings have this cosine or more mean the same.
constexpr double kSynonym = 0.9;

std::optional<clip::TowerOptions> tower_options(const RunOptions& options) {
  if (options.kernels == "libtorch") {
    if (options.precision == "bf16")
      throw base::UsageError("precision: expected auto or fp32 with libtorch's kernels, got bf16");
    return {};
  }
  clip::TowerOptions tower;
  if (options.precision == "fp32") tower.precision = clip::Precision::f32;
  if (options.precision == "bf16") tower.precision = clip::Precision::bf16;
  tower.set = base::parse_instruction_set(options.kernels);  // none for auto
  return tower;
}

/// One CLIP of the run and the prompts as it embeds them.
struct Run::Model {
  double weight = 1;
  std::shared_ptr<const clip::ClipModel> clip;
  at::Tensor targets;        // [P, D], unit length
  bool knows_words = false;  // there is a vocabulary for it
  bool closed_vocabulary = false;
  std::filesystem::path rivals{};  // the list that comes with it; empty without one
  std::filesystem::path forms{};   // the generator that comes with it, likewise
};

Run::Run(const RunOptions& options, RunContext context)
    : options_(options), context_(std::move(context)) {
  load();
  make_canvas(/*restored=*/false);
  fit_memory();
}

Run::Run(const Snapshot& snapshot, RunContext context)
    : options_(snapshot.options), context_(std::move(context)) {
  load();
  for (std::size_t m = 0; m < models_.size(); ++m) {
    // Another machine may round differently; another model is far off.
    constexpr double kTolerance = 1e-3;
    if (m >= snapshot.targets.size() || snapshot.targets[m].sizes() != models_[m].targets.sizes() ||
        !torch::allclose(snapshot.targets[m].to(context_.device), models_[m].targets, 0,
                         kTolerance))
      base::throw_error<base::FormatError>(
          "snapshot: expected the model it was made with, got one that embeds the prompts "
          "differently: {}",
          models_[m].clip->name());
  }
  make_canvas(/*restored=*/true);
  canvas::restore(*canvas_, snapshot.parameters);
  state_ = snapshot.state;
  for (at::Tensor& moment : state_.moments) moment = moment.to(context_.device);
  best_ = snapshot.best;
  if (best_.picture.defined())
    best_ = {best_.picture.to(context_.device), best_.similarity.to(context_.device)};
  fit_memory();
}

Run::~Run() = default;

void Run::load() {
  const auto load_model = [&](const std::string& spec, double weight,
                              std::optional<clip::TowerOptions> tower) {
    clip::LoadOptions load;
    load.tower = tower;
    load.packed.folder = context_.packed_folder;
    load.device = context_.device;
    load.allow_non_finite = options_.allow_non_finite_weights;
    load.log = context_.log;
    const std::filesystem::path path =
        context_.resolve_model ? context_.resolve_model(spec) : std::filesystem::path(spec);
    load.vocabulary = options_.vocabulary;
    if (load.vocabulary.empty() && clip::Tokenizer::find_beside(path).empty())
      load.vocabulary = context_.fallback_vocabulary;
    Model model{weight,
                context_.load_model ? context_.load_model(path, load) : clip::load_clip(path, load),
                {}};
    model.knows_words = !load.vocabulary.empty() || !clip::Tokenizer::find_beside(path).empty();
    const ModelCard card = read_model_card(path);
    model.closed_vocabulary = card.closed_vocabulary;
    if (models_.empty()) avoided_ = avoided_prompts(card, options_);
    model.rivals = rivals_beside(path);
    model.forms = forms_beside(path);
    return model;
  };
  if (options_.models.empty())
    base::throw_error<base::UsageError>("model: expected at least one, got none");
  const std::optional<clip::TowerOptions> tower = tower_options(options_);
  if (!tower) base::widen_libtorch();
  for (const std::string& spec : options_.models) {
    const std::vector<objective::PromptText> model = objective::parse_prompts(spec, "model");
    if (model.size() != 1 || !(model[0].weight > 0))
      base::throw_error<base::UsageError>(
          "model: expected MODEL or MODEL:WEIGHT with a weight above 0, got '{}'", spec);
    models_.push_back(load_model(model[0].text, model[0].weight, tower));
  }
  if (!options_.judge.empty()) {
    for (const Model& model : models_)
      if (model.clip->name() == options_.judge)
        base::throw_error<base::UsageError>("judge: expected a model that is not optimised, got {}",
                                            options_.judge);
    // A judge of its own kind has its own vocabulary: --vocab is for the optimised models.
    // It judges all kernels alike, in f32.
    judge_ = std::make_unique<Model>(load_model(options_.judge, 1, {}));
  }

  const view::ViewOptions views = view_options(options_);
  const ViewCurves curves = view_curves(options_);
  if (options_.tile && options_.margin > 0)
    base::throw_error<base::UsageError>("margin: expected none around a tile, got {}",
                                        options_.margin);
  margin_px_ = options_.tile ? 0
               : options_.margin >= 0
                   ? options_.margin
                   : margin_px(views, curves.strengths, options_.width, options_.height);
  for (const std::string& region : options_.regions) regions_.push_back(load_region(region));
  RegionalView regional = make_regional_view(views, curves, margin_px_, regions_);
  view_ = std::move(regional.view);
  if (options_.canvas == "palette" && options_.keep == "best")
    throw base::UsageError("keep: expected last for the palette canvas, got best",
                           "its colours are mixtures until the end");
  constexpr int kLargestSide = 32768;
  if (const imaging::Enlargement to = export_size();
      std::max(to.width_px, to.height_px) > kLargestSide)
    base::throw_error<base::UsageError>("export-scale: expected a picture of at most {} px, got {}",
                                        kLargestSide, std::max(to.width_px, to.height_px));

  add_prompts(regional);
  add_contrast(regional.whole);
  if (options_.tile)
    add_term<objective::TileVariation>(options_.tv);
  else
    add_term<objective::TotalVariation>(options_.tv);
  add_term<objective::OutOfRange>(options_.range);
  add_term<objective::Saturation>(options_.saturation);
  add_term<objective::Repetition>(options_.repetition);
  for (auto& style : style_terms(options_, context_.device))
    objectives_.push_back(std::move(style));
}

/// A small model knows few words. What it spells out letter by letter it does not understand.
void Run::report_unknown_words(const std::vector<std::string>& texts) const {
  for (const Model& model : models_) {
    if (!model.closed_vocabulary) continue;
    std::vector<std::string> unknown;
    for (const std::string& text : texts)
      for (const std::string& word : model.clip->tokenizer().split_words(text))
        if (std::find(unknown.begin(), unknown.end(), word) == unknown.end())
          unknown.push_back(word);
    if (!unknown.empty())
      base::log(context_.log, base::LogLevel::warning,
                fmt::format("{} never learned: {}", model.clip->name(), fmt::join(unknown, ", ")));
  }
}

template <class Term>
void Run::add_term(const Curve& weight) {
  if (!weight.constant())
    add_scheduled(std::make_shared<Term>(1), weight);
  else if (weight.at(0) > 0)
    objectives_.push_back(std::make_shared<Term>(weight.at(0)));
}

void Run::add_scheduled(std::shared_ptr<const objective::Objective> term, const Curve& weight) {
  objectives_.push_back(
      std::make_shared<objective::ScheduledObjective>(std::move(term), as_factor(weight)));
}

/// Read and embedded when first asked for: a thousand names take a second.
const NameList& Run::name_list() {
  if (name_list_) return *name_list_;
  const Model& first = models_.front();
  const std::filesystem::path path =
      options_.rivals.empty() ? first.rivals : std::filesystem::path(options_.rivals);
  name_list_ = path.empty() ? NameList() : read_name_list(path, *first.clip);
  return *name_list_;
}

void Run::add_contrast(const std::function<int(double)>& whole_views) {
  if (options_.contrast.constant() && options_.contrast.at(0) <= 0) return;
  const NameList& list = name_list();
  if (list.names.empty())
    throw base::UsageError("contrast: expected rivals, got a model that brings none",
                           "--rivals FILE names them, a text a line");
  std::vector<std::string> prompts;
  std::vector<objective::PromptPull> pulls;
  std::vector<std::int64_t> rows;
  for (std::size_t p = 0; p < words_.size(); ++p) {
    if (pulls_[p].weight <= 0 || pulls_[p].of_region) continue;
    prompts.push_back(words_[p]);
    pulls.push_back(pulls_[p]);
    rows.push_back(std::int64_t(p));
  }
  // What a region is to show is no rival of the whole picture.
  const std::vector<std::string> rivals =
      objective::contradicting(list.names, wanted_texts(words_, pulls_));
  if (prompts.empty() || rivals.empty()) return;  // nothing that could be confused

  const std::vector<std::int64_t> rival_rows = list.rows_of(rivals);
  const torch::NoGradGuard no_grad;
  std::vector<objective::ContrastTexts> texts;
  at::Tensor differs;  // [R], as the first model has it, so that all models have the same rivals
  for (const Model& model : models_) {
    const at::Tensor wanted =
        model.targets.index_select(0, torch::tensor(rows).to(context_.device));
    const at::Tensor names =
        &model == &models_.front()
            ? list.embeddings.index_select(0, torch::tensor(rival_rows).to(context_.device))
            : clip::unit_length(model.clip->encode_texts(rivals, /*truncate=*/true));
    if (!differs.defined())
      differs = std::get<0>(names.matmul(wanted.t()).max(1)).lt(kSynonym).nonzero().squeeze(1);
    if (differs.numel() == 0) return;
    texts.push_back(
        {model.weight, wanted, names.index_select(0, differs), model.clip->logit_scale()});
  }
  contrast_ = std::make_shared<objective::ContrastObjective>(texts, 1, pulls, whole_views);
  add_scheduled(contrast_, options_.contrast);
}

/// Embeds them once: they do not change during the run.
void Run::add_prompts(const RegionalView& views) {
  const bool all_know_words =
      std::all_of(models_.begin(), models_.end(), std::mem_fn(&Model::knows_words)) &&
      (!judge_ || judge_->knows_words);
  if (!avoided_.empty() && !all_know_words && options_.prompt.empty() &&
      options_.negative_prompt.empty() && regions_.empty()) {
    base::log(context_.log, base::LogLevel::warning,
              fmt::format("without a vocabulary {} are not avoided", options_.avoid));
    avoided_.clear();
  }
  RunPrompts prompts = run_prompts(options_, avoided_, regions_, views);
  report_unknown_words(prompts.texts);
  std::vector<objective::PromptTargets> targets;
  for (Model& model : models_) {
    model.targets = prompts.embedded(*model.clip, context_.device, options_.truncate);
    targets.push_back({model.weight, model.targets});
  }
  if (judge_) judge_->targets = prompts.embedded(*judge_->clip, context_.device, options_.truncate);
  pulls_ = std::move(prompts.pulls);
  words_ = std::move(prompts.texts);
  objectives_.push_back(std::make_shared<objective::PromptObjective>(
      targets, pulls_,
      options_.distance == "spherical" ? objective::Distance::spherical
                                       : objective::Distance::cosine));
}

/// The regions as a collage is begun with them, so much of each as is painted. Their words are the
/// last.
std::vector<StartWish::Part> Run::region_parts() const {
  std::vector<StartWish::Part> parts;
  for (std::size_t r = 0; r < regions_.size(); ++r) {
    const Region& region = regions_[r];
    const canvas::Area box{region.x, region.y, region.width, region.height};
    const canvas::Area shown =
        canvas::common_part(canvas::shown_image(box, symmetry(), is_square()), painted_.area);
    parts.push_back({shown.is_empty() ? box : shown, words_.size() - regions_.size() + r});
  }
  return parts;
}

StartSearch Run::start_search(std::vector<std::int64_t> things,
                              std::vector<StartWish::Part> parts) const {
  StartWish wish;
  wish.models = models();
  for (const Model& model : models_) wish.targets.push_back({model.weight, model.targets});
  wish.pulls = pulls_;
  wish.contrast = contrast_;
  wish.contrast_weight = options_.contrast.at(0);
  wish.device = context_.device;
  for (std::size_t p = 0; p < words_.size(); ++p)
    if (pulls_[p].weight > 0 && !pulls_[p].of_region)
      wish.copies = std::max(wish.copies, objective::count_said(words_[p]));
  if (name_list_) {
    wish.names = name_list_->embeddings;
    for (const objective::Relation& said :
         objective::relations_said(name_list_->names, wanted_texts(words_, pulls_)))
      wish.sides.push_back(
          {name_list_->rows_of({said.one})[0], name_list_->rows_of({said.other})[0], said.side});
    wish.coloured = name_list_->coloured(wanted_texts(words_, pulls_), *models_.front().clip);
  }
  wish.things = std::move(things);
  wish.parts = std::move(parts);
  wish.area = painted_.area;
  wish.mask = painted_.mask;
  wish.symmetry = symmetry();
  wish.tile = options_.tile;
  wish.width_px = options_.width;
  wish.height_px = options_.height;
  return StartSearch(std::move(wish));
}

void Run::make_canvas(bool restored) {
  CanvasStart begin;
  begin.margin_px = margin_px_;
  begin.device = context_.device;
  begin.restored = restored;
  begin.forms = models_.front().forms;
  if (options_.canvas == "latent") {
    const auto half = [&](const std::string& name, weights::AutoencoderHalf which) {
      return context_.resolve_autoencoder && !name.empty()
                 ? context_.resolve_autoencoder(name, which)
                 : std::filesystem::path(name);
    };
    begin.decoder = half(options_.decoder, weights::AutoencoderHalf::decoder);
    begin.encoder = half(options_.encoder, weights::AutoencoderHalf::encoder);
  }
  if (const std::optional<clip::TowerOptions> tower = tower_options(options_))
    begin.kernels = &clip::frozen::kernels_of(*tower);
  // A mask keeps parts of the start, also of one that a snapshot then replaces.
  const bool masked = !options_.mask.empty() || options_.strength < 1;
  // So do the places that objects may not leave.
  const bool bound = !regions_.empty() || symmetry() != canvas::Symmetry::none;
  const bool begins = !restored || masked || bound;
  std::optional<canvas::SavedCollage> before;
  if (canvas::is_collage_name(options_.init)) {
    before = canvas::read_collage(options_.init);
    if (options_.canvas != "collage" || before->ground.size(2) != options_.height ||
        before->ground.size(3) != options_.width)
      base::throw_error<base::UsageError>(
          "init: expected a picture, or for the canvas collage one of {} x {} px, got a collage of "
          "{} x {} px for {}",
          options_.width, options_.height, before->ground.size(3), before->ground.size(2),
          options_.canvas);
    begin.collage = &*before;
  } else if (options_.ground == "new") {
    throw base::UsageError(
        "ground: expected new only for a collage that the run starts from, got "
        "init " +
        options_.init);
  }
  const bool without_objects = options_.init == "noise" || options_.init == "grey";
  begin.arrange = [&](canvas::CollageCanvas& collage, const at::Tensor& mask) {
    collage_ = &collage;
    find_painted(mask, /*over_start=*/!before);
    if (!begins || without_objects) return;
    const auto search = [&](std::vector<std::int64_t> things, std::vector<StartWish::Part> parts) {
      return start_search(std::move(things), std::move(parts));
    };
    things_ = begin_collage(collage, begin.collage,
                            {options_, name_list(), words_, pulls_, *models_.front().clip,
                             region_parts(), margin_px_, context_.device, search});
  };
  if (options_.init == "search" && options_.canvas != "collage" && begins) {
    const StartSearch search = start_search({}, region_parts());
    std::vector<imaging::Layout> layouts;
    for (int n = 0; n < options_.batch; ++n)
      layouts.push_back(search.best_layout(options_.seed + std::uint64_t(n), options_.candidates));
    begin.searched = imaging::paint_layouts(layouts, options_.height, options_.width, margin_px_)
                         .to(context_.device);
  }
  canvas_ = make_run_canvas(options_, begin);
}

canvas::Symmetry Run::symmetry() const { return canvas::parse_symmetry(options_.symmetry); }

/// Which part of a collage is painted: the mask's white one, of that what symmetry shows.
///   over_start  the rest shows what the run starts from, and not what its own start is
void Run::find_painted(const at::Tensor& mask, bool over_start) {
  painted_.area = canvas::shown_part(symmetry(), is_square());
  if (!mask.defined()) return;
  const at::Tensor inner = imaging::without_margin(mask, margin_px_);
  const canvas::Area both = canvas::common_part(white_area(inner), painted_.area);
  if (!both.is_empty()) painted_.area = both;
  if (over_start) painted_.mask = inner.contiguous();
}

canvas::SavedCollage Run::collage(int picture) const {
  const auto n = std::size_t(picture);
  if (!collage_)
    base::throw_error<base::UsageError>("canvas: expected a collage to keep, got {}",
                                        options_.canvas);
  return canvas::saved_collage(*collage_, picture, margin_px_,
                               n < things_.size() ? things_[n] : std::vector<std::string>());
}

std::optional<std::vector<SeenObject>> Run::objects(int picture) const {
  if (!collage_ || keeps_best() || options_.strength == 0) return std::nullopt;
  canvas_->set_progress(1);
  const at::Tensor drawn =
      canvas::symmetric(collage_->shares(picture).unsqueeze(0), symmetry(), is_square());
  at::Tensor shares = imaging::without_margin(drawn, margin_px_);
  // A mask hides objects; what strength leaves of them still says where they lie.
  if (painted_.mask.defined()) shares = shares * (painted_.mask / options_.strength);

  std::vector<objective::Name> things;
  const auto n = std::size_t(picture);
  for (const std::string& thing : n < things_.size() ? things_[n] : std::vector<std::string>()) {
    things.push_back({thing, {}});
    if (!name_list_ || thing.empty()) continue;
    things.back() = name_list_->names[std::size_t(name_list_->rows_of({thing})[0])];
  }
  const bool apart = options_.tile || symmetry() != canvas::Symmetry::none;
  const imaging::Enlargement to = export_size();
  return seen_objects(
      shares[0], things, apart,
      {double(to.width_px) / options_.width, double(to.height_px) / options_.height});
}

/// Takes trial steps with few views in memory, undoes them and plans from what they took.
void Run::fit_memory() {
  if (context_.most_memory_bytes == 0 || options_.view_batch > 0 || done()) return;
  const int pictures = options_.batch;
  const auto views_at = [&](int step) { return view_->count(double(step) / options_.steps); };
  int widest = state_.step;  // the step that asks for most views
  for (int step = widest + 1; step < options_.steps; ++step)
    if (views_at(step) > views_at(widest)) widest = step;
  const int views = views_at(widest);
  std::vector<at::Tensor> start;
  for (const canvas::NamedParameter& parameter : canvas_->parameters())
    start.push_back(parameter.tensor.detach().clone());
  const std::int64_t start_bytes = base::largest_memory_bytes();
  if (!base::forget_largest_memory())
    base::log(context_.log, base::LogLevel::warning,
              "max-memory: this system does not tell what a step takes, so the plan may be off");
  const int fitting = views_that_fit(context_.most_memory_bytes, start_bytes, views, [&](int some) {
    base::forget_largest_memory();
    GuideOptions trial = guide_options();
    trial.view_batch = some * pictures;
    GuideState state;
    state.step = widest;
    for (const at::Tensor& moment : state_.moments) state.moments.push_back(moment.clone());
    if (state_.step == 0) state.moments = Optimizer(trial.optimizer).start(*canvas_);
    guide(trial, parts(), state, [](const StepEvent&) { return Verdict::stop; });
    canvas::restore(*canvas_, start);
    return base::largest_memory_bytes();
  });
  base::forget_largest_memory();
  if (fitting < views) options_.view_batch = fitting * pictures;
  base::log(context_.log, base::LogLevel::info,
            fmt::format("{} of {} views in memory at once", fitting, views));
}

GuideOptions Run::guide_options() const {
  GuideOptions guide_options;
  guide_options.steps = options_.steps;
  guide_options.optimizer.kind = parse_optimizer(options_.optimizer);
  const bool chosen = !options_.lr.constant() || options_.lr.at(0) > 0;
  guide_options.optimizer.lr =
      chosen ? 1 : default_lr(options_.canvas, guide_options.optimizer.kind);
  if (chosen) guide_options.lr_curve = options_.lr;
  guide_options.optimizer.weight_decay = options_.weight_decay;
  guide_options.lr_schedule = parse_schedule(options_.lr_schedule);
  guide_options.coarse_to_fine = options_.coarse_to_fine;
  guide_options.view_batch = options_.view_batch;
  for (int n = 0; n < options_.batch; ++n)
    guide_options.seeds.push_back(options_.seed + std::uint64_t(n));
  return guide_options;
}

std::vector<std::shared_ptr<const clip::ClipModel>> Run::models() const {
  std::vector<std::shared_ptr<const clip::ClipModel>> clips;
  for (const Model& model : models_) clips.push_back(model.clip);
  return clips;
}

GuideParts Run::parts() const { return {*canvas_, *view_, models(), objectives_}; }

void Run::go(const std::function<Verdict(const StepEvent&)>& on_step) {
  guide(guide_options(), parts(), state_, [&](const StepEvent& event) {
    if (options_.keep == "best") best_.offer(event.picture, event.similarity);
    return on_step ? on_step(event) : Verdict::go_on;
  });
}

Probe Run::look_again(const at::Tensor& rendered, int step) const {
  return probe(guide_options(), parts(), rendered, step);
}

bool Run::done() const { return state_.step >= options_.steps; }

at::Tensor Run::crop(const at::Tensor& rendered) const {
  return imaging::without_margin(rendered, margin_px_);
}

at::Tensor Run::rendered() const {
  const torch::NoGradGuard no_grad;
  if (keeps_best()) return best_.picture;
  canvas_->set_progress(1);
  return canvas_->render().picture.detach();
}

at::Tensor Run::pictures() const { return crop(rendered()); }

imaging::Enlargement Run::export_size() const {
  const auto enlarged = [&](int side_px) {
    return int(std::lround(side_px * options_.export_scale));
  };
  return {margin_px_, enlarged(options_.height), enlarged(options_.width), options_.tile};
}

at::Tensor Run::exported() const {
  if (options_.export_scale == 1) return pictures();
  const torch::NoGradGuard no_grad;
  if (keeps_best()) return imaging::enlarge(best_.picture, export_size());
  canvas_->set_progress(1);
  return canvas_->render_enlarged(export_size());
}

bool Run::keeps_best() const { return options_.keep == "best" && best_.picture.defined(); }

RunScore Run::score_of(const at::Tensor& pictures) const {
  RunScore score;
  const at::Tensor finished = pictures.cpu();
  double total = 0;
  for (const Model& model : models_) total += model.weight;
  score.similarity.assign(std::size_t(finished.size(0)), 0);
  for (const Model& model : models_) {
    const std::vector<double> one = similarity_of(model, finished);
    for (std::size_t n = 0; n < one.size(); ++n)
      score.similarity[n] += one[n] * model.weight / total;
  }
  if (judge_) score.judge = similarity_of(*judge_, finished);
  return score;
}

// As `score` would say of the saved file: 8 bits a channel, preprocessed, seen whole.
std::vector<double> Run::similarity_of(const Model& model, const at::Tensor& pictures) const {
  const torch::NoGradGuard no_grad;
  // What is wanted in the end: a morph's last prompt.
  std::vector<double> weights;
  double wanted = 0;
  for (const objective::PromptPull& pull : pulls_) {
    weights.push_back(pull.of_region ? 0 : std::max(pull.weight_at(1), 0.0));
    wanted += weights.back();
  }
  std::vector<double> similarity;
  for (std::int64_t n = 0; n < pictures.size(0); ++n) {
    const media::Picture picture{int(pictures.size(3)), int(pictures.size(2)),
                                 imaging::to_rgb_bytes(pictures[n])};
    const at::Tensor embedding = clip::unit_length(model.clip->encode_image(
        clip::preprocess(picture, model.clip->config()).to(context_.device)));
    const at::Tensor cosine = torch::matmul(model.targets, embedding[0]).cpu();  // [P]
    double sum = 0;
    for (std::size_t p = 0; p < pulls_.size(); ++p)
      sum += weights[p] * cosine[std::int64_t(p)].item<double>();
    similarity.push_back(wanted > 0 ? sum / wanted : 0);
  }
  return similarity;
}

Snapshot Run::snapshot() const {
  Snapshot snapshot{options_, state_, {}, {}, best_};
  for (const canvas::NamedParameter& parameter : canvas_->parameters())
    snapshot.parameters.push_back(parameter.tensor.detach());
  for (const Model& model : models_) snapshot.targets.push_back(model.targets);
  return snapshot;
}

}  // namespace clipguide::guide
