#include "clipguide/media/pixels.h"

#include <cstddef>
#include <utility>

namespace clipguide::media {
namespace {

// a * b / 255, rounded to nearest
std::uint8_t multiply(unsigned a, unsigned b) { return std::uint8_t((a * b + 127) / 255); }

}  // namespace

void flatten_over_white(std::vector<std::uint8_t>& pixels) {
  const std::size_t count = pixels.size() / 4;
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned alpha = pixels[4 * i + 3];
    for (std::size_t c = 0; c < 3; ++c)
      pixels[3 * i + c] = std::uint8_t(255 - multiply(255u - pixels[4 * i + c], alpha));
  }
  pixels.resize(3 * count);
}

void convert_inverted_cmyk(std::vector<std::uint8_t>& pixels) {
  const std::size_t count = pixels.size() / 4;
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned black = pixels[4 * i + 3];
    for (std::size_t c = 0; c < 3; ++c) pixels[3 * i + c] = multiply(pixels[4 * i + c], black);
  }
  pixels.resize(3 * count);
}

Picture upright(Picture picture, int orientation) {
  if (orientation < 2 || orientation > 8) return picture;
  // The stored picture is the upright one, first transposed (5 to 8), then mirrored.
  const bool transposed = orientation >= 5;
  const bool mirrored_x =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool mirrored_y =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Picture turned{picture.width_px, picture.height_px, {}};
  if (transposed) std::swap(turned.width_px, turned.height_px);
  turned.rgb.resize(picture.rgb.size());
  const std::size_t width = std::size_t(picture.width_px), height = std::size_t(picture.height_px);
  std::uint8_t* out = turned.rgb.data();
  for (std::size_t y = 0; y < std::size_t(turned.height_px); ++y) {
    for (std::size_t x = 0; x < std::size_t(turned.width_px); ++x) {
      std::size_t from_x = transposed ? y : x, from_y = transposed ? x : y;
      if (mirrored_x) from_x = width - 1 - from_x;
      if (mirrored_y) from_y = height - 1 - from_y;
      const std::uint8_t* pixel = &picture.rgb[3 * (from_y * width + from_x)];
      for (std::size_t c = 0; c < 3; ++c) *out++ = pixel[c];
    }
  }
  return turned;
}

}  // namespace clipguide::media
