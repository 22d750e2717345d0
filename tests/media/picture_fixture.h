#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

#include "clipguide/base/file.h"
#include "clipguide/media/picture.h"

namespace clipguide::test {

inline std::filesystem::path picture_path(const std::string& name) {
  return std::filesystem::path(CLIPGUIDE_FIXTURES) / "pictures" / name;
}

inline std::string bytes_of(const std::filesystem::path& path) {
  return base::read_file(path, std::size_t(1) << 28);
}

/// The plainest of formats, read without any of the code under test: "P6 W H 255" and the bytes.
inline media::Picture read_ppm(const std::filesystem::path& path) {
  const std::string bytes = bytes_of(path);
  std::istringstream header(bytes);
  std::string magic;
  int highest = 0;
  media::Picture picture;
  header >> magic >> picture.width_px >> picture.height_px >> highest;
  header.get();
  picture.rgb.assign(bytes.begin() + header.tellg(), bytes.end());
  return picture;
}

/// The largest difference in levels, or 999 when the sizes differ.
inline int worst_level(const media::Picture& have, const media::Picture& want) {
  if (have.width_px != want.width_px || have.height_px != want.height_px ||
      have.rgb.size() != want.rgb.size())
    return 999;
  int worst = 0;
  for (std::size_t i = 0; i < have.rgb.size(); ++i)
    worst = std::max(worst, std::abs(have.rgb[i] - want.rgb[i]));
  return worst;
}

/// A picture of smooth colours.
inline media::Picture smooth_picture(int width_px, int height_px) {
  media::Picture picture{width_px, height_px, {}};
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      picture.rgb.push_back(std::uint8_t(255 * x / width_px));
      picture.rgb.push_back(std::uint8_t(255 * y / height_px));
      picture.rgb.push_back(std::uint8_t(127 + 60 * std::sin(0.05 * (x + y))));
    }
  }
  return picture;
}

}  // namespace clipguide::test
