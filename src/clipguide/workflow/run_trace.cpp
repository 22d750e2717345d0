#include "clipguide/workflow/run_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/guide/model_card.h"
#include "clipguide/guide/named_files.h"
#include "clipguide/imaging/heat_map.h"
#include "clipguide/imaging/picture_measures.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/media/picture.h"

namespace clipguide::workflow {
namespace {

namespace fs = std::filesystem;
using guide::Run;
using guide::Verdict;
using nlohmann::json;

constexpr const char* kTraceFile = "trace.json";
constexpr int kCurvePoints = 100;
constexpr int kSpectrumRings = 24;
constexpr std::size_t kLargestTrace = std::size_t(1) << 26;

void write(const fs::path& path, const at::Tensor& picture) {
  const at::Tensor one = (picture.dim() == 4 ? picture[0] : picture).to(torch::kCPU);
  media::write_picture(
      path, {int(one.size(2)), int(one.size(1)), imaging::to_rgb_bytes(one.clamp(0, 1))});
}

/// Writes down moments of one run, or of a picture alone.
class Tracer {
 public:
  Tracer(const Run& run, fs::path folder) : run_(run), folder_(std::move(folder)) {
    fs::create_directories(folder_);
  }

  /// All but what the next step makes of it.   rendered  with the canvas's margin
  Moment look(const at::Tensor& rendered, int step) const {
    const at::Tensor picture = run_.crop(rendered);
    Moment moment;
    moment.step = step;
    score(picture, moment.similarity, moment.judge);
    moment.picture = name(step, "picture");
    write(folder_ / moment.picture, picture);

    const guide::Probe probe = run_.look_again(rendered, step);
    moment.view_count = int(probe.views.size(1));
    moment.view_similarity = probe.similarity.mean().item<double>();
    for (int v = 0; v < std::min(moment.view_count, kMostViews); ++v) {
      moment.views.push_back(
          {name(step, fmt::format("view-{}", v + 1)), probe.similarity[0][v].item<double>()});
      write(folder_ / moment.views.back().file, probe.views[0][v]);
    }
    draw_gradient(run_.crop(probe.gradient)[0], moment);

    const imaging::RadialPower power = imaging::radial_power(picture, kSpectrumRings);
    moment.frequency = power.frequency;
    moment.power = power.power;
    moment.spectral_slope = imaging::spectral_slope(picture);
    return moment;
  }

  /// What a step made of the picture.
  void draw_update(const at::Tensor& before, const at::Tensor& after, Moment& moment) const {
    const at::Tensor change = run_.crop(after - before)[0];
    const double largest = change.abs().max().item<double>();
    moment.largest_update = 255 * largest;
    moment.update = name(moment.step, "update");
    write(folder_ / moment.update, 0.5 + change / (2 * imaging::full_scale(change)));
  }

  void score(const at::Tensor& picture, double& similarity, std::optional<double>& judge) const {
    const guide::RunScore score = run_.score_of(picture);
    similarity = score.similarity.at(0);
    if (!score.judge.empty()) judge = score.judge.at(0);
  }

 private:
  static std::string name(int step, std::string_view what) {
    return fmt::format("step-{:05}-{}.png", step, what);
  }

  /// The loss falls against its gradient: turned round, it points to where it gets warmer.
  void draw_gradient(const at::Tensor& gradient, Moment& moment) const {
    const at::Tensor warmer = -gradient.to(torch::kCPU).mean(0), size = gradient.cpu().norm(2, 0);
    moment.gradient_full = imaging::full_scale(size);
    moment.gradient = name(moment.step, "gradient");
    moment.gradient_size = name(moment.step, "gradient-size");
    write(folder_ / moment.gradient, imaging::signed_heat(warmer, imaging::full_scale(warmer)));
    write(folder_ / moment.gradient_size, imaging::heat(size, moment.gradient_full));
  }

  const Run& run_;
  fs::path folder_;
};

json to_json(const Moment& moment) {
  json views = json::array();
  for (const TracedView& view : moment.views)
    views.push_back({{"file", view.file}, {"similarity", view.similarity}});
  json made = {{"step", moment.step},
               {"similarity", moment.similarity},
               {"picture", moment.picture},
               {"views", views},
               {"view_count", moment.view_count},
               {"view_similarity", moment.view_similarity},
               {"gradient", moment.gradient},
               {"gradient_size", moment.gradient_size},
               {"gradient_full", moment.gradient_full},
               {"update", moment.update},
               {"largest_update", moment.largest_update},
               {"frequency", moment.frequency},
               {"power", moment.power},
               {"spectral_slope", moment.spectral_slope}};
  if (moment.judge) made["judge"] = *moment.judge;
  return made;
}

Moment moment_from_json(const json& made) {
  Moment moment;
  made.at("step").get_to(moment.step);
  made.at("similarity").get_to(moment.similarity);
  if (made.contains("judge")) moment.judge = made["judge"].get<double>();
  made.at("picture").get_to(moment.picture);
  for (const json& view : made.at("views"))
    moment.views.push_back({view.at("file"), view.at("similarity")});
  made.at("view_count").get_to(moment.view_count);
  made.at("view_similarity").get_to(moment.view_similarity);
  made.at("gradient").get_to(moment.gradient);
  made.at("gradient_size").get_to(moment.gradient_size);
  made.at("gradient_full").get_to(moment.gradient_full);
  made.at("update").get_to(moment.update);
  made.at("largest_update").get_to(moment.largest_update);
  made.at("frequency").get_to(moment.frequency);
  made.at("power").get_to(moment.power);
  made.at("spectral_slope").get_to(moment.spectral_slope);
  return moment;
}

/// The trace of this plan from an earlier call, if it lies there whole.
std::optional<RunTrace> find_trace(const TracePlan& plan, const json& contents) {
  const fs::path path = plan.folder / kTraceFile;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  try {
    const json lying = json::parse(base::read_file(path, kLargestTrace));
    RunTrace trace = trace_from_json(lying);
    if (guide::to_json(trace.options) != guide::to_json(plan.options) ||
        lying.value("contents", json::object()) != contents)
      return std::nullopt;
    std::vector<int> steps;
    for (const Moment& moment : trace.moments) {
      steps.push_back(moment.step);
      std::vector<std::string> files = {moment.picture, moment.gradient, moment.gradient_size};
      if (!moment.update.empty()) files.push_back(moment.update);
      for (const TracedView& view : moment.views) files.push_back(view.file);
      for (const std::string& file : files)
        if (!fs::exists(plan.folder / file, ignored)) return std::nullopt;
    }
    if (steps != plan.moments) return std::nullopt;
    return trace;
  } catch (const json::exception&) {  // not one of ours: it is made anew
  } catch (const base::Error&) {
  }
  return std::nullopt;
}

}  // namespace

std::vector<int> parse_moments(const std::string& list, int steps) {
  std::set<int> moments = {steps};
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    std::string_view word = std::string_view(list).substr(start, end - start);
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    start = end + 1;
    int step = steps;
    if (word != "last") {
      const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), step);
      if (error != std::errc() || rest != word.data() + word.size() || step < 0)
        base::throw_error<base::UsageError>(
            "show: expected numbers of steps and 'last', as 0,1,10,last, got '{}'", list);
    }
    if (step <= steps) moments.insert(step);
  }
  return {moments.begin(), moments.end()};
}

std::optional<RunTrace> trace_run(
    const TracePlan& plan, const guide::RunContext& context,
    const std::function<guide::Verdict(const guide::StepEvent&)>& on_step) {
  const json contents = guide::contents_of(plan.options);  // of the files that they name
  if (std::optional<RunTrace> found = find_trace(plan, contents)) return found;
  Run run(plan.options, context);
  const Tracer tracer(run, plan.folder);
  RunTrace trace;
  trace.options = plan.options;
  const int steps = plan.options.steps, stride = (steps + kCurvePoints - 1) / kCurvePoints;
  const auto wanted = [&](int step) {
    return std::find(plan.moments.begin(), plan.moments.end(), step) != plan.moments.end();
  };
  const auto add_point = [&](const at::Tensor& rendered, int step) {
    double similarity = 0;
    std::optional<double> judge;
    tracer.score(run.crop(rendered), similarity, judge);
    trace.curve.step.push_back(step);
    trace.curve.similarity.push_back(similarity);
    if (judge) trace.curve.judge.push_back(*judge);
  };

  at::Tensor before;  // of the last moment, until the step after it is done
  run.go([&](const guide::StepEvent& event) {
    const int done = event.step - 1;  // when this picture was looked at
    if (before.defined()) tracer.draw_update(before, event.picture, trace.moments.back());
    before.reset();
    if (wanted(done)) {
      trace.moments.push_back(tracer.look(event.picture, done));
      before = event.picture.clone();
    }
    if (done % stride == 0) add_point(event.picture, done);
    return on_step ? on_step(event) : Verdict::go_on;
  });
  if (!run.done()) return std::nullopt;

  const at::Tensor finished = run.rendered();
  if (before.defined()) tracer.draw_update(before, finished, trace.moments.back());
  if (wanted(steps)) trace.moments.push_back(tracer.look(finished, steps));
  add_point(finished, steps);
  json written = to_json(trace);
  if (!contents.empty()) written["contents"] = contents;
  base::write_file(plan.folder / kTraceFile, std::string_view(written.dump(1) + "\n"));
  return trace;
}

Moment trace_picture(const at::Tensor& picture, const guide::RunOptions& options,
                     const guide::RunContext& context, const fs::path& folder) {
  guide::RunOptions look = options;
  look.width = int(picture.size(3));
  look.height = int(picture.size(2));
  look.margin = 0;
  // The canvas is not looked at: the quickest to make.
  look.canvas = "pixel";
  look.init = "grey";
  look.mask.clear();
  look.strength = 1;
  look.symmetry = "none";
  const Run run(look, context);
  return Tracer(run, folder).look(picture.to(context.device), 0);
}

json to_json(const RunTrace& trace) {
  json moments = json::array();
  for (const Moment& moment : trace.moments) moments.push_back(to_json(moment));
  return {{"options", guide::to_json(trace.options)},
          {"moments", moments},
          {"curve",
           {{"step", trace.curve.step},
            {"similarity", trace.curve.similarity},
            {"judge", trace.curve.judge}}}};
}

RunTrace trace_from_json(const json& made) {
  RunTrace trace;
  trace.options = guide::from_json(made.at("options"));
  for (const json& moment : made.at("moments")) trace.moments.push_back(moment_from_json(moment));
  const json& curve = made.at("curve");
  curve.at("step").get_to(trace.curve.step);
  curve.at("similarity").get_to(trace.curve.similarity);
  curve.at("judge").get_to(trace.curve.judge);
  return trace;
}

guide::RunOptions pure_run_of(const guide::RunOptions& options) {
  guide::RunOptions pure = guide::preset_options(guide::general_card(), "pure");
  pure.prompt = options.prompt;
  pure.image_prompts = options.image_prompts;
  pure.regions = options.regions;
  pure.prompt_weights = options.prompt_weights;
  pure.image_weights = options.image_weights;
  pure.region_weights = options.region_weights;
  pure.morph = options.morph;
  pure.distance = options.distance;
  pure.models = options.models;
  pure.judge = options.judge;
  pure.precision = options.precision;
  pure.kernels = options.kernels;
  pure.vocabulary = options.vocabulary;
  pure.truncate = options.truncate;
  pure.allow_non_finite_weights = options.allow_non_finite_weights;
  pure.width = options.width;
  pure.height = options.height;
  pure.seed = options.seed;
  pure.steps = options.steps;
  pure.view_batch = options.view_batch;
  return pure;
}

}  // namespace clipguide::workflow
