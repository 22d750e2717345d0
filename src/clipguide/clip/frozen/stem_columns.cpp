#include "clipguide/clip/frozen/stem_columns.h"

#include <algorithm>

namespace clipguide::clip::frozen {
namespace {

constexpr int kStride = 32, kPlaces = 9;

/// visit(channel, source row or -1, output y, tap row) in the order of memory.
template <class Visit>
void each_line(int side, const Visit& visit) {
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < side / 2; ++y)
      for (int down = 0; down < 3; ++down) visit(c, 2 * y + down - 1, y, down);
}

}  // namespace

void gather_columns(const float* picture, int pictures, int side, const PixelScale& scale,
                    float* columns) {
  const int half = side / 2;
  for (int n = 0; n < pictures; ++n) {
    each_line(side, [&](int c, int row, int y, int down) {
      float* to = columns + std::int64_t(y) * half * kStride + c * kPlaces + down * 3;
      if (row < 0) {  // only above: the last row looked at is side - 1
        for (int x = 0; x < half; ++x, to += kStride) std::fill_n(to, 3, 0.0f);
        return;
      }
      const float* from = picture + (std::int64_t(c) * side + row) * side;
      const float mean = scale.mean[std::size_t(c)], by = scale.scale[std::size_t(c)];
      for (int x = 0; x < half; ++x, to += kStride) {
        to[0] = x == 0 ? 0.0f : (from[2 * x - 1] - mean) * by;
        to[1] = (from[2 * x] - mean) * by;
        to[2] = (from[2 * x + 1] - mean) * by;
      }
    });
    picture += std::int64_t(3) * side * side;
    columns += std::int64_t(half) * half * kStride;
  }
}

void spread_columns(const float* columns, int pictures, int side, const PixelScale& scale,
                    float* d_picture) {
  const int half = side / 2;
  std::fill_n(d_picture, std::int64_t(pictures) * 3 * side * side, 0.0f);
  for (int n = 0; n < pictures; ++n) {
    each_line(side, [&](int c, int row, int y, int down) {
      if (row < 0) return;
      const float* from = columns + std::int64_t(y) * half * kStride + c * kPlaces + down * 3;
      float* to = d_picture + (std::int64_t(c) * side + row) * side;
      const float by = scale.scale[std::size_t(c)];
      for (int x = 0; x < half; ++x, from += kStride) {
        if (x > 0) to[2 * x - 1] += from[0] * by;
        to[2 * x] += from[1] * by;
        to[2 * x + 1] += from[2] * by;
      }
    });
    d_picture += std::int64_t(3) * side * side;
    columns += std::int64_t(half) * half * kStride;
  }
}

}  // namespace clipguide::clip::frozen
