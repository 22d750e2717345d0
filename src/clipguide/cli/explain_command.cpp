#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/output_names.h"
#include "clipguide/cli/progress.h"
#include "clipguide/cli/studio.h"
#include "clipguide/guide/model_card.h"
#include "clipguide/guide/picture_maker.h"
#include "clipguide/guide/run_record.h"
#include "clipguide/guide/scheduled_view.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/imaging/resample.h"
#include "clipguide/media/codec.h"
#include "clipguide/objective/prompt_text.h"
#include "clipguide/workflow/explanation_page.h"
#include "clipguide/workflow/explanation_words.h"
#include "clipguide/workflow/forecast.h"

namespace clipguide::cli {
namespace {

using base::UsageError;
using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kLongestSidePx = 768;  // of a picture that is looked at: as much as a page shows

struct ExplainFlags {
  explicit ExplainFlags(CLI::App& verb) : studio(verb, {"batch"}) {
    preset_flag = add_text(verb, "preset", preset);
    add_text(verb, "output", output)->description("folder to write the page and its pictures to");
    add_text(verb, "show", show);
    add_flag(verb, "dry-run", dry_run);
  }

  std::string wish;  ///< a prompt or a picture
  std::string preset = "default";
  CLI::Option* preset_flag = nullptr;
  std::string output;
  std::string show = "0,1,2,5,10,20,50,last";
  bool dry_run = false;
  StudioFlags studio;
};

bool names_a_picture(const std::string& wish) {
  std::error_code ignored;
  if (fs::is_regular_file(wish, ignored)) return true;
  try {
    media::format_of_path(wish);
  } catch (const UsageError&) {
    return false;
  }
  throw base::IoError(fmt::format("{}: no such picture", wish));
}

class Explain {
 public:
  explicit Explain(const ExplainFlags& flags) : flags_(flags), studio_(flags.studio) {
    if (flags.wish.empty())
      throw UsageError("explain: expected a prompt or a picture, got neither",
                       "clipguide explain \"a red apple\" -o apple");
    if (names_a_picture(flags.wish)) picture_ = flags.wish;
    choose_options();
    folder_ = flags.output.empty()
                  ? fs::path("explain-" +
                             (picture_.empty() ? slug(options_.prompt) : picture_.stem().string()))
                  : fs::path(flags.output);
    std::error_code ignored;
    check_folder(fs::is_directory(folder_, ignored) ? folder_ / "index.html" : folder_);
    moments_ = workflow::parse_moments(flags.show, options_.steps);
  }

  int run() {
    if (flags_.dry_run) return plan();
    guide::PictureMaker maker(studio_.context(), CLIPGUIDE_VERSION);
    workflow::Explanation explanation;
    explanation.options = options_;
    explanation.picture = picture_.filename().string();
    if (!runs_) {
      explanation.seen = workflow::trace_picture(read_seen(), options_, maker.context(),
                                                 folder_ / explanation.seen_folder);
    } else {
      explanation.guided = trace(options_, maker, explanation.guided_folder);
      if (explanation.guided)
        explanation.pure = trace(workflow::pure_run_of(options_), maker, explanation.pure_folder);
      if (!explanation.pure) {
        studio_.terminal().say("interrupted; the same command keeps the runs that are finished");
        return 130;
      }
    }
    describe_model(maker, explanation);
    base::write_file(folder_ / "index.html",
                     std::string_view(workflow::explanation_page(explanation)));
    print(explanation);
    return 0;
  }

 private:
  /// A prompt's options come from the preset, a picture's from its record; flags change both.
  void choose_options() {
    std::optional<guide::RunRecord> record;
    if (!picture_.empty()) {
      const media::Metadata metadata = media::read_metadata(picture_);
      if (metadata.count("clipguide")) record = guide::read_record(metadata, picture_.string());
    }
    if (record) {
      if (flags_.preset_flag->count() > 0)
        throw UsageError("--preset: expected none, as the picture brings its own options");
      options_ = record->options;
      studio_.apply_flags(options_);
      const auto& models = options_.models;
      if (options_.judge.empty() &&
          std::find(models.begin(), models.end(), kJudgeModel) == models.end())
        options_.judge = kJudgeModel;
    } else {
      options_ = studio_.options(flags_.preset);
      if (picture_.empty() && flags_.studio.run.given("prompt"))
        throw UsageError("explain: expected the prompt as a word or with --prompt, got both");
      if (picture_.empty()) options_.prompt = flags_.wish;
      if (options_.prompt.empty())
        throw UsageError(
            fmt::format("{}: expected --prompt, as the picture holds no record of a run",
                        picture_.string()),
            "clipguide explain photo.jpg --prompt \"a red apple\"");
    }
    if (!options_.prompt.empty()) objective::parse_prompts(options_.prompt);
    runs_ = picture_.empty() || record;
  }

  at::Tensor read_seen() const {
    const media::Picture picture = media::read_picture(picture_);
    at::Tensor pixels = imaging::from_rgb_bytes(picture.rgb, picture.height_px, picture.width_px);
    const int longest = std::max(picture.width_px, picture.height_px);
    if (longest <= kLongestSidePx) return pixels;
    const auto scaled = [&](int side) { return std::max(8, side * kLongestSidePx / longest); };
    return imaging::resize_bicubic(pixels, scaled(picture.height_px), scaled(picture.width_px))
        .clamp(0, 1);
  }

  std::optional<workflow::RunTrace> trace(const guide::RunOptions& options,
                                          const guide::PictureMaker& maker,
                                          const std::string& name) {
    if (studio_.interrupted()) return std::nullopt;
    studio_.terminal().say(fmt::format("the {} run", name));
    Progress progress(studio_.terminal(), options.steps);
    const auto done = workflow::trace_run(
        {options, moments_, folder_ / name}, maker.context(), [&](const guide::StepEvent& event) {
          progress.update(event.step, event.similarity.mean().item<double>());
          return studio_.interrupted() ? guide::Verdict::stop : guide::Verdict::go_on;
        });
    progress.finish();
    return done;
  }

  /// The first model, as the page tells of it; the run has loaded it already.
  void describe_model(const guide::PictureMaker& maker, workflow::Explanation& explanation) {
    const std::string name = objective::parse_prompts(options_.models.front(), "model")[0].text;
    const fs::path path = studio_.finder().find(name);
    clip::LoadOptions load;
    load.device = maker.context().device;
    load.allow_non_finite = options_.allow_non_finite_weights;
    load.vocabulary = options_.vocabulary;
    if (load.vocabulary.empty() && clip::Tokenizer::find_beside(path).empty())
      load.vocabulary = maker.context().fallback_vocabulary;
    const auto model = maker.context().load_model(path, load);
    explanation.prompts =
        workflow::explained_prompts(options_, *model, guide::read_model_card(path));
    explanation.model = model->name();
    explanation.model_side_px = model->input_side_px();
    explanation.embedding = model->config().embedding;
  }

  int plan() {
    const guide::ViewCurves curves = guide::view_curves(options_);
    const int usual = guide::view_options(options_).count;
    const auto shown_after = [&](int step) {
      return std::min(curves.count_at(double(step) / options_.steps, usual), workflow::kMostViews);
    };
    json plan = {{"folder", folder_.string()}, {"runs", runs_ ? 2 : 0}};
    if (runs_) {
      const workflow::Forecast forecast =
          workflow::forecast({options_, workflow::pure_run_of(options_)}, studio_.context(),
                             InterruptWatch::requested);
      const int moments = int(moments_.size());
      plan["steps"] = options_.steps;
      plan["moments"] = moments_;
      int pictures = moments * 4 - 1 + moments * (4 + 1) - 1;
      for (const int step : moments_) pictures += shown_after(step);
      plan["pictures"] = pictures;
      // A moment looks again, and draws: as long as two steps.
      plan["expected_s"] = forecast.seconds * (1 + 2.0 * moments / options_.steps);
      plan["memory_mb"] = forecast.memory_bytes >> 20;
    } else {
      plan["pictures"] = 3 + shown_after(0);
    }
    if (flags_.studio.remarks.json) {
      print_result(plan);
      return 0;
    }
    const int pictures = plan["pictures"];
    if (!runs_) {
      print_result(fmt::format("one look, no run; {} pictures and index.html in {}", pictures,
                               folder_.string()));
      return 0;
    }
    print_result(
        fmt::format("two runs of {} steps, shown after {} steps; {} pictures and index.html in {}",
                    options_.steps, fmt::join(moments_, ", "), pictures, folder_.string()));
    print_result(fmt::format("about {} (an estimate from a few steps), {} MB of memory",
                             format_duration(plan["expected_s"]), plan["memory_mb"].get<long>()));
    return 0;
  }

  static json rise(const workflow::Rise& rise) { return {{"from", rise.from}, {"to", rise.to}}; }

  static json figures(const workflow::RunTrace& trace) {
    json made = {{"similarity", rise(workflow::optimised_rise(trace.curve))},
                 {"spectral_slope", trace.moments.back().spectral_slope}};
    if (const auto judge = workflow::judge_rise(trace.curve))
      made["judge_similarity"] = rise(*judge);
    return made;
  }

  void print(const workflow::Explanation& explanation) {
    const fs::path page = folder_ / "index.html";
    if (!flags_.studio.remarks.json) {
      print_result(page.string());
      if (explanation.pure)
        studio_.terminal().say(workflow::lesson_of(*explanation.guided, *explanation.pure));
      return;
    }
    json result = {{"output", page.string()}, {"prompt", options_.prompt}};
    if (explanation.seen) {
      json views = json::array();
      for (const workflow::TracedView& view : explanation.seen->views)
        views.push_back(view.similarity);
      result["similarity"] = explanation.seen->similarity;
      result["views"] = views;
      if (explanation.seen->judge) result["judge_similarity"] = *explanation.seen->judge;
    } else {
      result["seed"] = options_.seed;
      result["moments"] = moments_;
      result["guided"] = figures(*explanation.guided);
      result["pure"] = figures(*explanation.pure);
    }
    print_result(result);
  }

  const ExplainFlags& flags_;
  Studio studio_;
  fs::path picture_;  // empty for a prompt
  guide::RunOptions options_;
  bool runs_ = true;
  fs::path folder_;
  std::vector<int> moments_;
};

}  // namespace

void add_explain_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb = parent.add_subcommand(
      "explain", "a page that shows guidance step by step, for a prompt or a picture");
  const auto flags = std::make_shared<ExplainFlags>(*verb);
  verb->add_option(
          "wish", flags->wish,
          "a prompt, in quotes; a picture made by clipguide, whose run is repeated; or any "
          "picture, with --prompt")
      ->type_name("PROMPT|PICTURE");
  verb->callback([=] { set_action([=] { return Explain(*flags).run(); }); });
}

}  // namespace clipguide::cli
