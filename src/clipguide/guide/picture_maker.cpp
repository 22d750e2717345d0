#include "clipguide/guide/picture_maker.h"

#include <chrono>

#include "clipguide/base/error.h"
#include "clipguide/guide/named_files.h"
#include "clipguide/imaging/picture_tensor.h"

namespace clipguide::guide {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Where a picture's metadata holds its objects.
constexpr const char* kObjectsKey = "clipguide-objects";

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// In messages.
std::string name_of(const RunOptions& options, const fs::path& path) {
  return path.empty() ? fmt::format("\"{}\" (seed {})", options.prompt, options.seed)
                      : path.string();
}

json stored_contents(const media::Metadata& metadata) {
  const auto found = metadata.find(kContentsKey);
  if (found == metadata.end()) return json::object();
  return json::parse(found->second, nullptr, /*allow_exceptions=*/false);
}

std::optional<std::vector<SeenObject>> stored_objects(const media::Metadata& metadata) {
  const auto found = metadata.find(kObjectsKey);
  if (found == metadata.end()) return std::nullopt;
  return seen_objects_of(json::parse(found->second, nullptr, /*allow_exceptions=*/false));
}

/// Nothing when the callback stopped it.
std::optional<MadePicture> finish(Run& run, bool notes_objects,
                                  const std::function<Verdict(const StepEvent&)>& on_step) {
  run.go(on_step);
  if (!run.done()) return std::nullopt;
  const at::Tensor finished = run.exported().to(torch::kCPU)[0];
  const RunScore score = run.score();
  MadePicture made;
  made.record = {run.options(), run.state().step, score.similarity.at(0), std::nullopt};
  if (!score.judge.empty()) made.record.judge_similarity = score.judge.at(0);
  made.picture = {int(finished.size(2)), int(finished.size(1)), imaging::to_rgb_bytes(finished)};
  if (run.options().canvas == "collage") made.collage = run.collage(0);
  if (notes_objects) made.objects = run.objects(0);
  return made;
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
  json contents = json::object();
  if (!path.empty()) {
    contents = contents_of(options);  // before the run: what it is made from
    if (!models_.empty()) contents["models"] = models_;
    if (auto lying = find(options, contents, path)) return lying;
  }
  const double started_s = now_s();
  Run run(options, context_);
  auto made = name_if_diverged(name_of(options, path),
                               [&] { return finish(run, notes_objects_, on_step); });
  if (!made) return std::nullopt;
  made->elapsed_s = now_s() - started_s;
  if (path.empty()) return made;
  media::WriteOptions write;
  write.metadata = to_metadata(made->record, version_);
  if (!contents.empty()) write.metadata[kContentsKey] = contents.dump();
  if (made->objects) write.metadata[kObjectsKey] = to_json(*made->objects).dump();
  media::write_picture(path, made->picture, write);
  return made;
}

std::optional<MadePicture> PictureMaker::find(const RunOptions& options, const fs::path& path) {
  std::error_code ignored;
  if (path.empty() || !fs::exists(path, ignored)) return std::nullopt;
  try {
    return find(options, contents_of(options), path);
  } catch (const base::IoError&) {  // of a file that is yet to be written
    return std::nullopt;
  }
}

std::optional<MadePicture> PictureMaker::find(const RunOptions& options, const json& contents,
                                              const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  try {
    const media::Metadata metadata = media::read_metadata(path);
    MadePicture lying;
    lying.record = read_record(metadata, path.string());
    const bool same =
        to_json(lying.record.options) == to_json(options) && stored_contents(metadata) == contents;
    if (!same || lying.record.steps_done != options.steps || !lying.record.similarity)
      return std::nullopt;
    lying.objects = stored_objects(metadata);
    lying.picture = media::read_picture(path);
    return lying;
  } catch (const base::Error&) {  // another program's picture: it is made anew
    return std::nullopt;
  }
}

}  // namespace clipguide::guide
