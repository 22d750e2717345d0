#include "clipguide/guide/evaluation.h"

#include <algorithm>

#include "clipguide/base/error.h"
#include "clipguide/guide/judge.h"
#include "clipguide/guide/named_files.h"
#include "clipguide/guide/picture_maker.h"
#include "clipguide/guide/run_prompts.h"
#include "clipguide/imaging/picture_measures.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/media/picture.h"
#include "clipguide/objective/prompt_text.h"

namespace clipguide::guide {
namespace {

namespace fs = std::filesystem;

/// "0007-2.png": the prompt's line in the list and the seed.
fs::path file_of(std::size_t prompt, std::uint64_t seed) {
  return fmt::format("{:04}-{}.png", prompt + 1, seed);
}

class Evaluator {
 public:
  Evaluator(const EvaluationPlan& plan, const RunContext& context)
      : plan_(plan),
        maker_(context, plan.version),
        judge_(plan.judge, plan.prompts, context.device) {
    if (!plan.folder.empty()) fs::create_directories(plan.folder);
  }

  /// Nothing when the user asked to stop.
  std::optional<EvaluatedPicture> make(const PlannedPicture& planned,
                                       const std::function<bool()>& stop) {
    const fs::path path = planned.file.empty() ? fs::path() : plan_.folder / planned.file;
    const auto made = maker_.make(planned.options, path, [&](const StepEvent&) {
      return stop && stop() ? Verdict::stop : Verdict::go_on;
    });
    if (!made) return std::nullopt;
    EvaluatedPicture result;
    result.prompt = plan_.prompts[planned.prompt];
    result.seed = planned.options.seed;
    result.file = planned.file;
    result.similarity = *made->record.similarity;
    result.elapsed_s = made->elapsed_s;
    measure(made->picture, planned.prompt, result);
    return result;
  }

 private:
  void measure(const media::Picture& picture, std::size_t prompt, EvaluatedPicture& result) const {
    const std::vector<double> cosine = judge_.look(picture);
    result.judge_similarity = cosine[prompt];
    result.rank = 1 + int(std::count_if(cosine.begin(), cosine.end(),
                                        [&](double other) { return other > cosine[prompt]; }));
    result.judged_as =
        plan_.prompts[std::size_t(std::max_element(cosine.begin(), cosine.end()) - cosine.begin())];
    const at::Tensor pixels =
        imaging::from_rgb_bytes(picture.rgb, picture.height_px, picture.width_px);
    result.spectral_slope = imaging::spectral_slope(pixels);
    result.repetition = imaging::repetition(pixels);
  }

  const EvaluationPlan& plan_;
  PictureMaker maker_;
  Judge judge_;
};

}  // namespace

Evaluation summary_of(std::vector<EvaluatedPicture> pictures) {
  Evaluation result;
  double elapsed_s = 0;
  int made = 0;
  for (const EvaluatedPicture& picture : pictures) {
    result.r_precision_1 += picture.rank == 1;
    result.r_precision_5 += picture.rank <= 5;
    result.similarity += picture.similarity;
    result.judge_similarity += picture.judge_similarity;
    result.spectral_slope += picture.spectral_slope;
    result.repetition += picture.repetition;
    if (picture.elapsed_s) elapsed_s += *picture.elapsed_s, ++made;
  }
  const double count = double(std::max<std::size_t>(1, pictures.size()));
  for (double* mean : {&result.r_precision_1, &result.r_precision_5, &result.similarity,
                       &result.judge_similarity, &result.spectral_slope, &result.repetition})
    *mean /= count;
  if (made > 0) result.seconds_per_picture = elapsed_s / made;
  result.pictures = std::move(pictures);
  return result;
}

std::vector<std::size_t> spread_evenly(std::size_t size, int count) {
  const std::size_t wanted =
      count <= 0 ? size : std::min<std::size_t>(size, static_cast<std::size_t>(count));
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < wanted; ++i) indices.push_back(i * size / wanted);
  return indices;
}

std::vector<PlannedPicture> planned_pictures(const EvaluationPlan& plan) {
  std::vector<PlannedPicture> pictures;
  for (std::size_t prompt : spread_evenly(plan.prompts.size(), plan.limit)) {
    for (int k = 0; k < plan.seeds; ++k) {
      PlannedPicture picture;
      picture.prompt = prompt;
      picture.options = plan.options;
      picture.options.prompt = plan.prompts[prompt];
      check_prompts(picture.options);
      picture.options.seed += std::uint64_t(k);
      picture.options.batch = 1;
      picture.options.judge.clear();
      if (!plan.folder.empty()) picture.file = file_of(prompt, picture.options.seed).string();
      pictures.push_back(std::move(picture));
    }
  }
  return pictures;
}

void check_judge(const RunOptions& options, const RunContext& context) {
  const auto path_of = [&](const std::string& spec) {
    return context.resolve_model ? context.resolve_model(spec) : fs::path(spec);
  };
  for (const std::string& spec : options.models) {
    std::error_code ignored;
    const fs::path path = path_of(objective::parse_prompts(spec, "model").at(0).text);
    if (fs::equivalent(path, path_of(options.judge), ignored)) {
      base::throw_error<base::UsageError>(
          "judge: expected a model that is not optimised, got {} for both", spec);
    }
  }
}

Evaluation evaluate(const EvaluationPlan& plan, const RunContext& context,
                    const EvaluationProgress& on_picture, const std::function<bool()>& stop) {
  check_judge(plan.options, context);
  contents_of(plan.options);  // finds a file that is missing before the work
  Evaluator evaluator(plan, context);
  const std::vector<PlannedPicture> planned = planned_pictures(plan);
  const int count = int(planned.size());
  std::vector<EvaluatedPicture> pictures;
  for (const PlannedPicture& one : planned) {
    auto picture = evaluator.make(one, stop);
    if (!picture) break;
    pictures.push_back(std::move(*picture));
    if (on_picture && on_picture(int(pictures.size()), count, pictures.back()) == Verdict::stop)
      break;
  }
  Evaluation result = summary_of(std::move(pictures));
  result.complete = int(result.pictures.size()) == count;
  return result;
}

}  // namespace clipguide::guide
