#include "clipguide/media/video.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/base/program.h"

namespace clipguide::media {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr const char* kFfmpeg = "ffmpeg";
// H.264 and VP9 halve the colour planes: sides must be even.
constexpr const char* kEvenSides = "crop=trunc(iw/2)*2:trunc(ih/2)*2";
// A palette over all frames, so that still parts do not flicker.
constexpr const char* kOwnPalette = "split[a][b];[a]palettegen[p];[b][p]paletteuse";

std::string extension_of(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return char(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
  return extension;
}

/// The part of ffmpeg's command that depends on the form; empty for an unknown one.
Words encoding(const std::string& extension) {
  if (extension == ".mp4")
    return {"-vf", kEvenSides, "-c:v",   "libx264",   "-pix_fmt",   "yuv420p", "-crf",
            "18",  "-preset",  "medium", "-movflags", "+faststart", "-f",      "mp4"};
  if (extension == ".webm")
    return {"-vf",  kEvenSides, "-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p",
            "-crf", "24",       "-b:v", "0",          "-f",       "webm"};
  if (extension == ".gif") return {"-filter_complex", kOwnPalette, "-loop", "0", "-f", "gif"};
  return {};
}

/// ffmpeg reads % in a name as the place of the number.
std::string pattern_of(const fs::path& folder) {
  std::string pattern;
  for (const char c : fs::absolute(folder).string()) pattern += c == '%' ? "%%" : std::string(1, c);
  return pattern + "/%06d.png";
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \r\n");
  if (end == std::string::npos) return "it did not say why";
  const std::size_t before = text.find_last_of("\r\n", end);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return text.substr(begin, end + 1 - begin);
}

void move_whole(const fs::path& from, const fs::path& to) {
  const int file = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    ::fsync(file);
    ::close(file);
  }
  std::error_code error;
  fs::rename(from, to, error);
  if (error) base::throw_error<base::IoError>("{}: cannot write: {}", to.string(), error.message());
}

}  // namespace

fs::path frame_name(int number) { return fmt::format("{:06}.png", number); }

bool is_video_name(const fs::path& path) { return !encoding(extension_of(path)).empty(); }

bool can_write_video() {
  try {
    return base::run_program({kFfmpeg, "-version"}).exit_code == 0;
  } catch (const base::IoError&) {
    return false;
  }
}

void write_video(const fs::path& path, const fs::path& folder, const VideoOptions& options) {
  const Words form = encoding(extension_of(path));
  if (form.empty())
    base::throw_error<base::UsageError>("{}: expected a film as .mp4, .webm or .gif",
                                        path.string());
  if (!can_write_video())
    throw base::IoError(path.string() + ": expected the program ffmpeg to write it, found none",
                        "install ffmpeg (apt install ffmpeg) and give the same command again");
  const fs::path part = fs::absolute(path.string() + ".part");
  Words command = {kFfmpeg, "-nostdin", "-hide_banner", "-loglevel", "error", "-y"};
  const Words input = {"-framerate",
                       fmt::format("{}", options.fps),
                       "-start_number",
                       "1",
                       "-i",
                       pattern_of(folder),
                       "-frames:v",
                       fmt::format("{}", options.frames)};
  // Nothing of the day or the program's version: the same frames give the same file.
  const Words same = {"-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"};
  for (const Words& words : {input, form, same})
    command.insert(command.end(), words.begin(), words.end());
  command.push_back(part.string());
  const base::ProgramResult result = base::run_program(command);
  if (result.exit_code != 0) {
    std::error_code ignored;
    fs::remove(part, ignored);
    base::throw_error<base::IoError>("{}: ffmpeg failed: {}", path.string(), last_line(result.err));
  }
  move_whole(part, path);
}

}  // namespace clipguide::media
