#include "clipguide/cli/output_names.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "clipguide/base/error.h"
#include "clipguide/media/codec.h"

namespace clipguide::cli {

namespace fs = std::filesystem;
using base::IoError;
using base::throw_error;

std::string slug(const std::string& prompt) {
  constexpr std::size_t kLongest = 40;
  std::string made;
  bool gap = false;
  for (const unsigned char c : prompt) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter) {
      gap = !made.empty();
      continue;
    }
    if (made.size() + gap >= kLongest) break;
    if (gap) made += '-';
    gap = false;
    made += char(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return made;
}

fs::path default_output(const std::string& prompt, std::uint64_t seed) {
  const std::string words = slug(prompt);
  const std::string stem = words.empty() ? fmt::format("clipguide-{}", seed)
                                         : fmt::format("clipguide-{}-{}", words, seed);
  fs::path name = stem + ".png";
  for (int n = 2; fs::exists(name) || fs::exists(batch_outputs(name, 2).front()); ++n)
    name = fmt::format("{}-{}.png", stem, n);
  return name;
}

std::vector<fs::path> batch_outputs(const fs::path& output, int count) {
  if (count == 1) return {output};
  std::vector<fs::path> names;
  for (int n = 1; n <= count; ++n) {
    fs::path name = output;
    name.replace_filename(
        fmt::format("{}-{}{}", output.stem().string(), n, output.extension().string()));
    names.push_back(name);
  }
  return names;
}

void check_output(const fs::path& output) {
  media::format_of_path(output);
  check_folder(output);
}

void check_folder(const fs::path& file) {
  if (fs::is_directory(file))
    throw_error<IoError>("{}: expected a file to write, got a folder", file.string());
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (!fs::is_directory(folder))
    throw_error<IoError>("{}: expected an existing folder to write to", folder.string());
  if (::access(folder.c_str(), W_OK) != 0)
    throw_error<IoError>("{}: cannot write to this folder: {}", folder.string(),
                         std::strerror(errno));
}

}  // namespace clipguide::cli
