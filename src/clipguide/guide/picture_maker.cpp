#include "clipguide/guide/picture_maker.h"

#include <chrono>

#include "clipguide/base/error.h"
#include "clipguide/guide/option_table.h"
#include "clipguide/imaging/picture_tensor.h"

namespace clipguide::guide {
namespace {

namespace fs = std::filesystem;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

PictureMaker::PictureMaker(const RunContext& context, std::string version)
    : context_(context), version_(std::move(version)) {
  using Loaded = std::map<fs::path, std::shared_ptr<const clip::ClipModel>>;
  context_.load_model = [load = context.load_model, loaded = std::make_shared<Loaded>()](
                            const fs::path& path, const clip::LoadOptions& options) {
    auto& model = (*loaded)[path];
    if (!model) model = load ? load(path, options) : clip::load_clip(path, options);
    return model;
  };
}

std::optional<MadePicture> PictureMaker::make(
    const RunOptions& options, const fs::path& path,
    const std::function<Verdict(const StepEvent&)>& on_step) {
  if (auto lying = find(options, path)) return lying;
  const double started_s = now_s();
  Run run(options, context_);
  run.go(on_step);
  if (!run.done()) return std::nullopt;
  const at::Tensor finished = run.exported().to(torch::kCPU)[0];
  const RunScore score = run.score();
  MadePicture made;
  made.record = {run.options(), run.state().step, score.similarity.at(0), std::nullopt};
  if (!score.judge.empty()) made.record.judge_similarity = score.judge.at(0);
  made.picture = {int(finished.size(2)), int(finished.size(1)), imaging::to_rgb_bytes(finished)};
  if (options.canvas == "collage") made.collage = run.collage(0);
  made.elapsed_s = now_s() - started_s;
  if (path.empty()) return made;
  media::WriteOptions write;
  write.metadata = to_metadata(made.record, version_);
  media::write_picture(path, made.picture, write);
  return made;
}

std::optional<MadePicture> PictureMaker::find(const RunOptions& options, const fs::path& path) {
  std::error_code ignored;
  if (path.empty() || !fs::exists(path, ignored)) return std::nullopt;
  try {
    MadePicture lying;
    lying.record = read_record(media::read_metadata(path), path.string());
    const bool same = to_json(lying.record.options) == to_json(options);
    if (!same || lying.record.steps_done != options.steps || !lying.record.similarity)
      return std::nullopt;
    lying.picture = media::read_picture(path);
    return lying;
  } catch (const base::Error&) {  // another program's picture: it is made anew
    return std::nullopt;
  }
}

}  // namespace clipguide::guide
