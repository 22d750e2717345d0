#include "training/trainer.h"

#include <fmt/format.h>
#include <torch/cuda.h>

#include <fstream>
#include <map>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/weights/safetensors.h"
#include "clipguide/weights/torch_tensor.h"
#include "training/batch_loader.h"
#include "training/bpe_trainer.h"
#include "training/drawn_forms.h"
#include "training/learner.h"
#include "training/model_folder.h"
#include "training/run_folder.h"

namespace clipguide::training {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kVocabularyCaptions = 200'000;

fs::path start_file(const fs::path& folder) { return folder / "start.pt"; }

/// The curves up to a step: what an interrupted run logged beyond its checkpoint is done again.
void cut_curves(const fs::path& path, std::int64_t steps_done) {
  std::ifstream file(path);
  std::string kept =
      "step,loss,robust_accuracy,clean_accuracy,gradient_norm,learning_rate,radius,seconds_per_"
      "step\n";
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    if (std::stoll(line) <= steps_done) kept += line + "\n";
  }
  base::write_file(path, std::string_view(kept));
}

/// A new run begins where another ended, or with a shipped model: with its vocabulary and its
/// averaged weights.
void start_from(const fs::path& other, const fs::path& folder) {
  if (fs::exists(folder / kVocabularyFile)) return;
  const bool is_run = fs::exists(checkpoint_file(other));
  if ((!is_run && !fs::exists(other / kWeightsFile)) || !fs::exists(other / kVocabularyFile)) {
    base::throw_error<base::UsageError>(
        "--from: expected the folder of a run or a model, with its vocabulary, got {}",
        other.string());
  }
  if (is_run)
    fs::copy_file(checkpoint_file(other), start_file(folder));
  else
    fs::copy_file(other / kWeightsFile, folder / kWeightsFile);
  fs::copy_file(other / kVocabularyFile, folder / kVocabularyFile);
}

class Curves {
 public:
  Curves(const fs::path& path, std::int64_t steps_done) : path_(path) {
    cut_curves(path, steps_done);
    file_.open(path, std::ios::app);
  }
  void add(std::int64_t step, const StepReport& report, double clean_accuracy, double seconds) {
    file_ << fmt::format("{},{:.5f},{:.4f},{:.4f},{:.4f},{:.3e},{:.3f},{:.3f}\n", step, report.loss,
                         report.robust_accuracy, clean_accuracy, report.gradient_norm,
                         report.learning_rate, report.radius, seconds);
    file_.flush();
    if (!file_) base::throw_error<base::IoError>("{}: expected to be writable", path_.string());
  }

 private:
  fs::path path_;
  std::ofstream file_;
};

}  // namespace

torch::Device device_named(const std::string& name) {
  if (name == "auto") return torch::cuda::is_available() ? torch::kCUDA : torch::kCPU;
  try {
    return torch::Device(name);
  } catch (const c10::Error&) {
    base::throw_error<base::UsageError>("device: expected auto, cpu or cuda[:n], got '{}'", name);
  }
}

std::string learn_vocabulary(const RunConfig& config) {
  const world::World world(config.seed);
  std::map<std::string, std::uint64_t> counts;
  const auto count = [&](const std::string& text) {
    for (const std::string& word : bpe_words(text)) ++counts[word];
  };
  for (std::uint64_t i = 0; i < kVocabularyCaptions; ++i) count(world.caption(i));
  for (const world::Thing& thing : world.things()) {
    count(thing.name);
    for (const auto& synonym : thing.synonyms) count(synonym);
    for (const auto& keyword : thing.keywords) count(keyword);
  }
  return format_vocabulary(learn_merges(counts, std::size_t(config.merges)));
}

RunConfig load_run(const fs::path& folder) {
  const fs::path path = config_file(folder);
  RunConfig config = read_run_config(base::read_file(path, kLargestConfig), path.string());
  if (fs::exists(folder / kVocabularyFile)) {
    config.model.text.vocabulary = int(clip::Tokenizer(folder / kVocabularyFile).size());
  }
  return config;
}

bool train(const TrainOptions& options) {
  adopt_config(options.folder, options.config, read_run_config);
  RunConfig config = load_run(options.folder);
  if (!options.from.empty()) {
    start_from(options.from, options.folder);
    config = load_run(options.folder);
  }
  if (!fs::exists(options.folder / kVocabularyFile)) {
    base::log(options.log, base::LogLevel::info, "learning the vocabulary");
    base::write_file(options.folder / kVocabularyFile, std::string_view(learn_vocabulary(config)));
    config = load_run(options.folder);
  }
  std::vector<world::Thing> things = world::load_catalogue();
  if (!config.forms.empty()) add_drawn_forms(things, config.forms);
  const world::World world(config.seed, std::move(things));
  const clip::Tokenizer tokenizer(options.folder / kVocabularyFile);
  Learner learner(config, device_named(options.device));
  if (fs::exists(checkpoint_file(options.folder)))
    learner.load(checkpoint_file(options.folder));
  else if (fs::exists(start_file(options.folder)))
    learner.start_with(start_file(options.folder));
  else if (fs::exists(options.folder / kWeightsFile))
    learner.start_with(
        weights::to_tensors(weights::read_safetensors(options.folder / kWeightsFile)));
  if (config.aim_attention && learner.steps_done() == 0) learner.aim_attention();
  if (config.names_weight > 0)
    learner.set_names(name_token_ids(tokenizer, world, config.model.text.context_length));
  const std::int64_t first = learner.steps_done();
  base::log(options.log, base::LogLevel::info,
            fmt::format("{} things, {} tokens, from step {} of {} on {}", world.things().size(),
                        tokenizer.size(), first, config.steps, learner.model().device().str()));

  BatchLoader::Options loading;
  loading.batch = config.batch;
  loading.side_px = config.model.vision.image_size_px;
  loading.context_length = config.model.text.context_length;
  loading.threads = config.loader_threads;
  loading.mix = {config.catalogue, config.single_share, config.written_share, config.soft_share,
                 config.elsewhere};
  loading.first = first;
  BatchLoader loader(world, tokenizer, loading);
  Curves curves(options.folder / "curves.csv", first);
  const double started_s = now_s();
  double logged_s = started_s;
  while (learner.steps_done() < config.steps) {
    const bool out_of_time = options.most_seconds > 0 && now_s() - started_s > options.most_seconds;
    const bool out_of_steps =
        options.most_steps > 0 && learner.steps_done() - first >= options.most_steps;
    if (out_of_time || out_of_steps || (options.stop && options.stop())) break;
    const Batch batch = loader.next();
    const StepReport report = learner.step(batch);
    const std::int64_t done = learner.steps_done();
    if (done % config.log_every == 0 || done == config.steps) {
      const double clean = learner.clean_accuracy(batch),
                   seconds = (now_s() - logged_s) / config.log_every;
      curves.add(done, report, clean, seconds);
      base::log(
          options.log, base::LogLevel::info,
          fmt::format(
              "step {}: loss {:.3f}, robust {:.3f}, clean {:.3f}, radius {:.2f}, {:.2f} s a step",
              done, report.loss, report.robust_accuracy, clean, report.radius, seconds));
      logged_s = now_s();
    }
    if (done % config.save_every == 0) learner.save(checkpoint_file(options.folder));
  }
  learner.save(checkpoint_file(options.folder));
  return learner.steps_done() >= config.steps;
}

void export_run(const fs::path& run, const fs::path& to, const fs::path& with, double share) {
  const RunConfig config = load_run(run);
  Learner learner(config, torch::kCPU);
  learner.load(checkpoint_file(run));
  std::map<std::string, at::Tensor> tensors = learner.shipped_tensors();
  if (!with.empty()) {
    tensors = mixed_weights(weights::to_tensors(weights::read_safetensors(with / kWeightsFile)),
                            tensors, share);
  }
  export_model(to, config, tensors, run / kVocabularyFile, config.model.text.vocabulary,
               {{"format", "pt"},
                {"steps", std::to_string(learner.steps_done())},
                {"seed", std::to_string(config.seed)}});
}

}  // namespace clipguide::training
