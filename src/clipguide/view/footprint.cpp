#include "clipguide/view/footprint.h"

#include <algorithm>

namespace clipguide::view {

std::vector<Level> pyramid_levels(int width, int height, int levels) {
  std::vector<Level> pyramid;
  Level level{.width = width, .height = height};
  for (int i = 0; i < levels; ++i) {
    pyramid.push_back(level);
    level.offset += std::int64_t(level.width) * level.height;
    level.width = std::max(1, level.width / 2);
    level.height = std::max(1, level.height / 2);
    level.scale_x = double(level.width) / width;
    level.scale_y = double(level.height) / height;
  }
  return pyramid;
}

std::vector<AreaShare> area_shares(int fine, int coarse) {
  // In units of 1 / (fine * coarse) of the axis: a fine texel is `coarse` long, a coarse one
  // `fine`.
  std::vector<AreaShare> shares(static_cast<std::size_t>(coarse));
  for (std::int64_t i = 0; i < coarse; ++i) {
    AreaShare& share = shares[std::size_t(i)];
    const std::int64_t begin = i * fine, end = begin + fine;
    share.first = int(begin / coarse);
    for (std::int64_t k = share.first; k * coarse < end; ++k)
      share.weight[share.count++] = area_share(fine, coarse, k, i);
  }
  return shares;
}

std::vector<AreaShare> area_shares_transposed(int fine, int coarse) {
  const std::vector<AreaShare> shares = area_shares(fine, coarse);
  std::vector<AreaShare> transposed(static_cast<std::size_t>(fine));
  for (int i = 0; i < coarse; ++i)
    for (int k = 0; k < shares[std::size_t(i)].count; ++k) {
      AreaShare& share = transposed[std::size_t(shares[std::size_t(i)].first + k)];
      if (share.count == 0) share.first = i;
      share.weight[share.count++] = shares[std::size_t(i)].weight[k];
    }
  return transposed;
}

PixelMap::PixelMap(const Homography& to_canvas, int side_px) : affine_(to_canvas.affine()) {
  const double pixel = 1.0 / side_px;
  m_ = (to_canvas * scaling(pixel, pixel) * translation(0.5, 0.5)).m;
  for (double& entry : m_) entry /= m_[8];
  step_x_ = length(m_[0], m_[1]);
  step_y_ = length(m_[3], m_[4]);
}

PixelMap::Extent PixelMap::row_extent(int row, int side_px) const {
  // Along a row y is monotone, w is linear, and w * step_y is convex in y: the ends bound them all.
  const auto w = [&](double column) { return m_[6] * column + m_[7] * row + m_[8]; };
  const double last = side_px - 1;
  const Place a = at(0, row), b = at(last, row);
  const double step = std::max(a.step_y * w(0), b.step_y * w(last)) / std::min(w(0), w(last));
  return {std::min(a.y, b.y), std::max(a.y, b.y), step};
}

int levels_needed(int width, int height, std::span<const Warp> warps, int side_px) {
  double step_x = 0, step_y = 0;
  for (const Warp& warp : warps) {
    const PixelMap map(warp.to_canvas, side_px);
    const double last = side_px - 1;
    for (const Point corner : {Point{0, 0}, Point{last, 0}, Point{0, last}, Point{last, last}}) {
      const PixelMap::Place place = map.at(corner.x, corner.y);
      step_x = std::max(step_x, place.step_x);
      step_y = std::max(step_y, place.step_y);
    }
  }
  constexpr int kMostLevels = 32;  // sides are ints
  const std::vector<Level> pyramid = pyramid_levels(width, height, kMostLevels);
  int needed = 1;
  for (std::size_t i = 1; i < pyramid.size(); ++i) {
    const bool smallest = pyramid[i - 1].width == 1 && pyramid[i - 1].height == 1;
    if (smallest || !level_fits(pyramid[i], step_x, step_y)) break;
    needed = int(i) + 1;
  }
  return needed;
}

}  // namespace clipguide::view
