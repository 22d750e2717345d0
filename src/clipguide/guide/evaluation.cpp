#include "clipguide/guide/evaluation.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "clipguide/base/error.h"
#include "clipguide/guide/option_table.h"
#include "clipguide/guide/run_record.h"
#include "clipguide/imaging/picture_measures.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/media/picture.h"
#include "clipguide/objective/prompt_text.h"

namespace clipguide::guide {
namespace {

namespace fs = std::filesystem;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The list as the judge sees it.
class Judge {
 public:
  Judge(std::shared_ptr<const clip::ClipModel> clip, const std::vector<std::string>& prompts,
        torch::Device device)
      : clip_(std::move(clip)), prompts_(prompts), device_(device) {
    const torch::NoGradGuard no_grad;
    constexpr std::size_t kPortion = 256;
    std::vector<at::Tensor> rows;
    for (std::size_t at = 0; at < prompts.size(); at += kPortion) {
      const auto first = prompts.begin() + std::ptrdiff_t(at);
      rows.push_back(clip_->encode_texts(
          {first, first + std::ptrdiff_t(std::min(kPortion, prompts.size() - at))},
          /*truncate=*/true));
    }
    texts_ = clip::unit_length(torch::cat(rows));
  }

  void look(const media::Picture& picture, std::size_t prompt, EvaluatedPicture& result) const {
    const torch::NoGradGuard no_grad;
    const at::Tensor seen = clip::unit_length(
        clip_->encode_image(clip::preprocess(picture, clip_->config()).to(device_)));
    const at::Tensor cosine =
        torch::matmul(texts_, seen[0]).to(torch::kCPU, torch::kFloat64).contiguous();
    const double* values = cosine.data_ptr<double>();
    result.judge_similarity = values[prompt];
    result.rank = 1 + int(std::count_if(values, values + cosine.numel(),
                                        [&](double other) { return other > values[prompt]; }));
    result.judged_as =
        prompts_[std::size_t(std::max_element(values, values + cosine.numel()) - values)];
  }

 private:
  std::shared_ptr<const clip::ClipModel> clip_;
  const std::vector<std::string>& prompts_;
  torch::Device device_;
  at::Tensor texts_;  // [P, D]
};

/// "0007-2.png": the prompt's line in the list and the seed.
fs::path file_of(std::size_t prompt, std::uint64_t seed) {
  return fmt::format("{:04}-{}.png", prompt + 1, seed);
}

/// The picture of the same run from an earlier call, if it lies there whole.
std::optional<RunRecord> record_at(const fs::path& path, const RunOptions& wanted) {
  std::error_code ignored;
  if (path.empty() || !fs::exists(path, ignored)) return std::nullopt;
  try {
    RunRecord record = read_record(media::read_metadata(path), path.string());
    const bool same = to_json(record.options) == to_json(wanted);
    if (same && record.steps_done == wanted.steps && record.similarity) return record;
  } catch (const base::Error&) {  // another program's picture: it is made anew
  }
  return std::nullopt;
}

class Evaluator {
 public:
  Evaluator(const EvaluationPlan& plan, const RunContext& context)
      : plan_(plan), context_(context), judge_(plan.judge, plan.prompts, context.device) {
    // Each model is loaded once, not once a prompt.
    const auto load = context.load_model;
    context_.load_model = [load, loaded = std::make_shared<Loaded>()](
                              const fs::path& path, const clip::LoadOptions& options) {
      auto& model = (*loaded)[path];
      if (!model) model = load ? load(path, options) : clip::load_clip(path, options);
      return model;
    };
    if (!plan.folder.empty()) fs::create_directories(plan.folder);
  }

  /// The K pictures of one prompt, made together where none lies there yet.
  std::vector<EvaluatedPicture> pictures_of(std::size_t prompt) {
    std::vector<EvaluatedPicture> results(std::size_t(plan_.seeds));
    std::vector<media::Picture> pictures(results.size());
    std::vector<std::size_t> missing;
    for (std::size_t k = 0; k < results.size(); ++k) {
      const RunOptions options = options_of(prompt, k);
      results[k].prompt = plan_.prompts[prompt];
      results[k].seed = options.seed;
      const fs::path name = file_of(prompt, options.seed);
      const fs::path path = plan_.folder.empty() ? fs::path() : plan_.folder / name;
      if (!path.empty()) results[k].file = name.string();
      if (const auto record = record_at(path, options)) {
        results[k].similarity = *record->similarity;
        pictures[k] = media::read_picture(path);
      } else {
        missing.push_back(k);
      }
    }
    for (std::size_t k : missing) pictures[k] = make(prompt, k, results[k]);
    for (std::size_t k = 0; k < results.size(); ++k) measure(pictures[k], prompt, results[k]);
    return results;
  }

 private:
  using Loaded = std::map<fs::path, std::shared_ptr<const clip::ClipModel>>;

  RunOptions options_of(std::size_t prompt, std::size_t k) const {
    RunOptions options = plan_.options;
    options.prompt = plan_.prompts[prompt];
    options.seed += k;
    options.batch = 1;
    options.judge.clear();
    return options;
  }

  media::Picture make(std::size_t prompt, std::size_t k, EvaluatedPicture& result) {
    const double started_s = now_s();
    Run run(options_of(prompt, k), context_);
    run.go({});
    const at::Tensor finished = run.pictures().to(torch::kCPU)[0];
    result.similarity = run.score().similarity.at(0);
    result.elapsed_s = now_s() - started_s;
    media::Picture picture{int(finished.size(2)), int(finished.size(1)),
                           imaging::to_rgb_bytes(finished)};
    if (!result.file.empty()) {
      RunRecord record{run.options(), run.state().step, result.similarity, std::nullopt};
      media::WriteOptions write;
      write.metadata = to_metadata(record, plan_.version);
      media::write_picture(plan_.folder / result.file, picture, write);
    }
    return picture;
  }

  void measure(const media::Picture& picture, std::size_t prompt, EvaluatedPicture& result) const {
    judge_.look(picture, prompt, result);
    const at::Tensor pixels =
        imaging::from_rgb_bytes(picture.rgb, picture.height_px, picture.width_px);
    result.spectral_slope = imaging::spectral_slope(pixels);
    result.repetition = imaging::repetition(pixels);
  }

  const EvaluationPlan& plan_;
  RunContext context_;
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
