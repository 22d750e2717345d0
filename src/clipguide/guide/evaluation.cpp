#include "clipguide/guide/evaluation.h"

#include <algorithm>

#include "clipguide/base/error.h"
#include "clipguide/guide/judge.h"
#include "clipguide/guide/picture_maker.h"
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

  /// The K pictures of one prompt.
  std::vector<EvaluatedPicture> pictures_of(std::size_t prompt) {
    std::vector<EvaluatedPicture> results;
    for (int k = 0; k < plan_.seeds; ++k) {
      const RunOptions options = options_of(prompt, k);
      EvaluatedPicture result;
      result.prompt = plan_.prompts[prompt];
      result.seed = options.seed;
      fs::path path;
      if (!plan_.folder.empty()) {
        result.file = file_of(prompt, options.seed).string();
        path = plan_.folder / result.file;
      }
      const std::optional<MadePicture> made = maker_.make(options, path);
      result.similarity = *made->record.similarity;
      result.elapsed_s = made->elapsed_s;
      measure(made->picture, prompt, result);
      results.push_back(std::move(result));
    }
    return results;
  }

 private:
  RunOptions options_of(std::size_t prompt, int k) const {
    RunOptions options = plan_.options;
    options.prompt = plan_.prompts[prompt];
    options.seed += std::uint64_t(k);
    options.batch = 1;
    options.judge.clear();
    return options;
  }

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

Evaluation evaluate(const EvaluationPlan& plan, const RunContext& context,
                    const EvaluationProgress& on_picture) {
  const auto path_of = [&](const std::string& spec) {
    return context.resolve_model ? context.resolve_model(spec) : fs::path(spec);
  };
  for (const std::string& spec : plan.options.models) {
    std::error_code ignored;
    const fs::path path = path_of(objective::parse_prompts(spec, "model").at(0).text);
    if (fs::equivalent(path, path_of(plan.options.judge), ignored)) {
      base::throw_error<base::UsageError>(
          "judge: expected a model that is not optimised, got {} for both", spec);
    }
  }
  Evaluator evaluator(plan, context);
  const std::vector<std::size_t> prompts = spread_evenly(plan.prompts.size(), plan.limit);
  const int count = int(prompts.size()) * plan.seeds;
  std::vector<EvaluatedPicture> pictures;
  bool stopped = false;
  for (std::size_t prompt : prompts) {
    for (EvaluatedPicture& picture : evaluator.pictures_of(prompt)) {
      pictures.push_back(std::move(picture));
      stopped |=
          on_picture && on_picture(int(pictures.size()), count, pictures.back()) == Verdict::stop;
    }
    if (stopped) break;
  }
  Evaluation result = summary_of(std::move(pictures));
  result.complete = int(result.pictures.size()) == count;
  return result;
}

}  // namespace clipguide::guide
