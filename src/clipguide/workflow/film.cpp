#include "clipguide/workflow/film.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/canvas/saved_collage.h"
#include "clipguide/guide/named_files.h"
#include "clipguide/guide/run_prompts.h"
#include "clipguide/guide/run_record.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/media/picture.h"
#include "clipguide/media/video.h"
#include "clipguide/weights/checksum.h"
#include "clipguide/workflow/prompt_mix.h"

namespace clipguide::workflow {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using weights::Checksum;

constexpr const char* kFrameKey = "clipguide-film";  // of a frame's metadata
constexpr int kFormat = 2;                           // of what a key is made from

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string sha256_of_file(const fs::path& path) {
  return weights::digest_file(path, Checksum::Kind::sha256);
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

json to_json(const imaging::Motion& motion) {
  return {{"zoom", motion.zoom},
          {"pan_x", motion.pan_x},
          {"pan_y", motion.pan_y},
          {"rotate", motion.rotate_deg}};
}

/// Walks along a film: what each frame depends on, and whether it is there.
class Chain {
 public:
  Chain(const FilmScript& script, fs::path folder)
      : script_(script),
        folder_(std::move(folder)),
        first_files_(guide::contents_of(frame_of(script, 1).options)) {
    guide::RunOptions later = script.later;
    later.init = "grey";
    later_files_ = guide::contents_of(later);
  }

  bool has_collages() const { return script_.later.canvas == "collage"; }
  fs::path path_of(int number) const { return folder_ / media::frame_name(number); }
  fs::path collage_of(int number) const {
    return folder_ / "collages" /
           media::frame_name(number).replace_extension(".collage.safetensors");
  }

  /// Of all that makes the frame what it is.   before  the default for the first
  std::string key_of(const FilmFrame& frame, const FinishedFrame& before) const {
    json what = {{"format", kFormat}, {"options", guide::to_json(frame.options)}};
    if (frame.number == 1) {
      what["files"] = first_files_;
    } else {
      what["files"] = later_files_;
      what["motion"] = to_json(frame.motion);
      what["border"] = int(script_.border);
      what["resample"] = int(script_.resample);
      what["before"] = before.sha256;
      if (has_collages()) what["collage"] = before.collage_sha256;
    }
    return weights::sha256_of(what.dump(-1, ' ', true, json::error_handler_t::replace));
  }

  /// The frame that lies there, if it was made from just this.
  std::optional<FinishedFrame> find(const FilmFrame& frame, const std::string& key) const {
    const fs::path path = path_of(frame.number);
    if (!is_file(path)) return std::nullopt;
    try {
      const media::Metadata metadata = media::read_metadata(path);
      const auto found = metadata.find(kFrameKey);
      if (found == metadata.end()) return std::nullopt;
      const json own = json::parse(found->second, nullptr, /*allow_exceptions=*/false);
      if (!own.is_object() || own.value("key", "") != key) return std::nullopt;
      const std::string collage = own.value("collage", "");
      if (has_collages() && sha256_of_file(collage_of(frame.number)) != collage)
        return std::nullopt;
      return FinishedFrame{
          frame.number, key, sha256_of_file(path), collage, own.value("similarity", 0.0), {}};
    } catch (const base::Error&) {  // another program's picture: it is made anew
    } catch (const json::exception&) {
    }
    return std::nullopt;
  }

 private:
  const FilmScript& script_;
  fs::path folder_;
  json first_files_, later_files_;
};

/// The frame before as the camera sees it now, 8 bits a channel: where the next one begins.
void write_start(const fs::path& path, const Chain& chain, const FilmFrame& frame,
                 const FilmScript& script) {
  const int before = frame.number - 1;
  if (chain.has_collages())
    return canvas::write_collage(path, canvas::moved(canvas::read_collage(chain.collage_of(before)),
                                                     frame.motion, script.border, script.resample));
  const fs::path frame_before = chain.path_of(before);
  media::Picture picture = media::read_picture(frame_before);
  const at::Tensor pixels =
      imaging::from_rgb_bytes(picture.rgb, picture.height_px, picture.width_px);
  picture.rgb =
      imaging::to_rgb_bytes(imaging::warp(pixels, frame.motion, script.border, script.resample)[0]);
  media::write_picture(path, picture);
}

class FilmMaker {
 public:
  FilmMaker(const FilmScript& script, const fs::path& folder, const guide::PictureMaker& maker,
            const std::string& version, const std::function<bool()>& stop)
      : script_(script),
        folder_(folder),
        chain_(script, folder),
        maker_(maker),
        version_(version),
        stop_(stop) {}

  /// The frame, found or made; nothing when it was stopped.
  std::optional<FinishedFrame> frame(int number, const FinishedFrame& before) {
    const FilmFrame wanted = frame_of(script_, number);
    const std::string key = chain_.key_of(wanted, before);
    if (auto lying = chain_.find(wanted, key)) return lying;
    return make(wanted, key);
  }

  fs::path start_path() const {
    return folder_ / (chain_.has_collages() ? "start.collage.safetensors" : "start.png");
  }

 private:
  std::optional<FinishedFrame> make(const FilmFrame& wanted, const std::string& key) {
    const double started_s = now_s();
    guide::RunOptions options = wanted.options;
    if (wanted.number > 1) {
      write_start(start_path(), chain_, wanted, script_);
      options.init = start_path().string();
    }
    guide::Run run(options, maker_.context());
    auto finished = guide::name_if_diverged(chain_.path_of(wanted.number).string(),
                                            [&] { return finish(run, wanted, key); });
    if (finished) finished->elapsed_s = now_s() - started_s;
    return finished;
  }

  /// Runs it to its end and writes the frame down; nothing when it was stopped.
  std::optional<FinishedFrame> finish(guide::Run& run, const FilmFrame& wanted,
                                      const std::string& key) const {
    run.go([&](const guide::StepEvent&) {
      return stop_ && stop_() ? guide::Verdict::stop : guide::Verdict::go_on;
    });
    if (!run.done()) return std::nullopt;
    const double similarity = run.score().similarity.at(0);
    FinishedFrame done{wanted.number, key, "", "", similarity, {}};
    if (chain_.has_collages()) {  // before the frame, which is whole only with it
      const fs::path path = chain_.collage_of(wanted.number);
      fs::create_directories(path.parent_path());
      canvas::write_collage(path, run.collage(0));
      done.collage_sha256 = sha256_of_file(path);
    }
    write(wanted, done, run.pictures().to(torch::kCPU)[0]);
    done.sha256 = sha256_of_file(chain_.path_of(wanted.number));
    return done;
  }

  void write(const FilmFrame& frame, const FinishedFrame& done, const at::Tensor& pixels) const {
    const guide::RunRecord record{frame.options, frame.options.steps, done.similarity,
                                  std::nullopt};
    media::WriteOptions write;
    write.metadata = guide::to_metadata(record, version_);
    // Not the record of a run that could be made again by itself: the frame before belongs to it.
    write.metadata.erase("clipguide");
    json own = {{"version", version_},
                {"key", done.key},
                {"frame", frame.number},
                {"motion", to_json(frame.motion)},
                {"options", guide::to_json(frame.options)},
                {"similarity", done.similarity}};
    if (!done.collage_sha256.empty()) own["collage"] = done.collage_sha256;
    write.metadata[kFrameKey] = own.dump(-1, ' ', true, json::error_handler_t::replace);
    const media::Picture picture{int(pixels.size(2)), int(pixels.size(1)),
                                 imaging::to_rgb_bytes(pixels)};
    media::write_picture(chain_.path_of(frame.number), picture, write);
  }

  const FilmScript& script_;
  fs::path folder_;
  Chain chain_;
  const guide::PictureMaker& maker_;
  std::string version_;
  const std::function<bool()>& stop_;
};

void write_manifest(const FilmScript& script, const fs::path& folder,
                    const std::vector<FinishedFrame>& frames, const std::string& version) {
  json list = json::array();
  for (const FinishedFrame& done : frames) {
    const FilmFrame frame = frame_of(script, done.number);
    list.push_back({{"file", media::frame_name(done.number).string()},
                    {"prompt", frame.options.prompt},
                    {"seed", frame.options.seed},
                    {"steps", frame.options.steps},
                    {"motion", to_json(frame.motion)},
                    {"similarity", done.similarity},
                    {"key", done.key},
                    {"sha256", done.sha256}});
  }
  const json whole = {{"version", version},
                      {"complete", int(frames.size()) == script.frames},
                      {"fps", script.fps},
                      {"width", script.first.width},
                      {"height", script.first.height},
                      {"frames", list}};
  base::write_file(folder / "film.json",
                   whole.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace

std::string prompt_at(const std::vector<StoryPoint>& story, int frame) {
  const auto after =
      std::upper_bound(story.begin(), story.end(), frame,
                       [](int at, const StoryPoint& point) { return at < point.frame; });
  if (after == story.begin()) return after->prompt;
  const StoryPoint& from = *(after - 1);
  if (after == story.end()) return from.prompt;
  const int leaves = from.frame + from.hold;
  if (frame <= leaves) return from.prompt;
  return mixed_prompts(from.prompt, after->prompt,
                       double(frame - leaves) / (after->frame - leaves));
}

FilmFrame frame_of(const FilmScript& script, int number) {
  FilmFrame frame;
  frame.number = number;
  frame.options = number == 1 ? script.first : script.later;
  if (number > 1) {  // the frame before is what it is
    frame.options.init = guide::RunOptions().init;
    frame.options.ground = "keep";
  }
  frame.options.batch = 1;
  frame.options.seed += std::uint64_t(number) - 1;  // other views in each frame
  if (!script.story.empty()) frame.options.prompt = prompt_at(script.story, number);
  if (number == 1) return frame;
  const double t = double(number - 1) / (script.frames - 1);
  frame.motion = {script.zoom.at(t), script.pan_x.at(t), script.pan_y.at(t),
                  script.rotate_deg.at(t)};
  return frame;
}

std::vector<FinishedFrame> finished_frames(const FilmScript& script, const fs::path& folder) {
  const Chain chain(script, folder);
  std::vector<FinishedFrame> frames;
  FinishedFrame before;
  for (int number = 1; number <= script.frames; ++number) {
    const FilmFrame frame = frame_of(script, number);
    const auto found = chain.find(frame, chain.key_of(frame, before));
    if (!found) break;
    before = *found;
    frames.push_back(*found);
  }
  return frames;
}

std::vector<FinishedFrame> make_film(const FilmScript& script, const fs::path& folder,
                                     const guide::PictureMaker& maker, const std::string& version,
                                     const std::function<void(const FinishedFrame&)>& on_frame,
                                     const std::function<bool()>& stop) {
  std::set<std::string> checked;  // what is missing or broken, before the work
  guide::check_prompts(frame_of(script, 1).options);
  guide::check_files(script.first, checked);
  FilmMaker film(script, folder, maker, version, stop);
  fs::create_directories(folder);
  std::vector<FinishedFrame> frames;
  FinishedFrame before;
  for (int number = 1; number <= script.frames && !(stop && stop()); ++number) {
    const auto done = film.frame(number, before);
    if (!done) break;
    before = *done;
    frames.push_back(*done);
    if (on_frame) on_frame(*done);
  }
  write_manifest(script, folder, frames, version);
  std::error_code ignored;
  fs::remove(film.start_path(), ignored);
  return frames;
}

}  // namespace clipguide::workflow
