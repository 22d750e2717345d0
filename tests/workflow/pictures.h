#pragma once

#include <filesystem>
#include <fstream>

#include "clipguide/media/picture.h"

namespace clipguide::test {

/// A picture of 8 x 8 px.
inline void write_grey(const std::filesystem::path& path, int level = 128) {
  media::write_picture(path, {8, 8, std::vector<std::uint8_t>(8 * 8 * 3, std::uint8_t(level))});
}

/// One that ends too early.
inline void write_truncated(const std::filesystem::path& path) {
  write_grey(path);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
}

}  // namespace clipguide::test
