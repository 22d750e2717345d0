#include "clipguide/view/band.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace clipguide::view {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Columns from `low` to `high`.
struct Stretch {
  double low, high;

  // Keeps those where slope * column + value >= 0.
  void keep(double slope, double value) {
    if (slope > 0)
      low = std::max(low, -value / slope);
    else if (slope < 0)
      high = std::min(high, -value / slope);
    else if (value < 0)
      high = -kInfinity;
  }
};

// Along a row, y = (slope * column + start) / w with w > 0: so y >= limit is linear in the column.
Stretch columns_between(const std::array<double, 9>& m, int row, int side, double low_px,
                        double high_px) {
  Stretch stretch{0, double(side - 1)};
  const double start = m[4] * row + m[5], w = m[7] * row + m[8];
  if (low_px > -kInfinity) stretch.keep(m[3] - low_px * m[6], start - low_px * w);
  if (high_px < kInfinity) stretch.keep(high_px * m[6] - m[3], high_px * w - start);
  return stretch;
}

void add(std::vector<Columns>& found, const Stretch& stretch, int side) {
  if (!(stretch.low <= stretch.high + 2)) return;
  // A column more on each side makes up for rounding.
  const int begin = int(std::max(std::floor(stretch.low) - 1, 0.0));
  const int end = int(std::min(std::ceil(stretch.high) + 2, double(side)));
  if (begin < end) found.push_back({begin, end});
}

// Stretches that overlap become one: no column must come twice.
void merge(std::vector<Columns>& found) {
  std::sort(found.begin(), found.end(),
            [](const Columns& a, const Columns& b) { return a.begin < b.begin; });
  std::size_t kept = 0;
  for (const Columns& columns : found) {
    if (kept > 0 && columns.begin <= found[kept - 1].end)
      found[kept - 1].end = std::max(found[kept - 1].end, columns.end);
    else
      found[kept++] = columns;
  }
  found.resize(kept);
}

}  // namespace

void columns_in_band(const SamplePlan& plan, std::size_t view, int row, const Band& band,
                     double texel_px, std::vector<Columns>& found) {
  found.clear();
  const int side = plan.side_px;
  const double height = plan.height();
  const auto& matrix = plan.maps[view].matrix();
  const Border border = plan.warps[view].border;
  const PixelMap::Extent extent = plan.maps[view].row_extent(row, side);

  // The band as view pixels reach it: wider by a tent, and by the rounding of texels to bands.
  const double reach = extent.step + 3 * texel_px;
  double begin = height * band.index / band.count - reach;
  double end = height * (band.index + 1) / band.count + reach;
  if (border == Border::clamp || border == Border::grey) {
    if (border == Border::clamp && band.index == 0) begin = -kInfinity;
    if (border == Border::clamp && band.index == band.count - 1) end = kInfinity;
    add(found, columns_between(matrix, row, side, begin, end), side);
    return;
  }

  // The canvas repeats: so does the band, mirrored every other time where it is reflected.
  const double first = std::floor((extent.low - reach) / height);
  const double last = std::floor((extent.high + reach) / height);
  constexpr double kMostRepeats = 16;
  if (last - first > kMostRepeats) {
    found.push_back({0, side});
    return;
  }
  for (double repeat = first; repeat <= last; ++repeat) {
    const bool mirrored = border == Border::reflect && std::fmod(repeat, 2) != 0;
    const double low = mirrored ? (repeat + 1) * height - end : repeat * height + begin;
    const double high = mirrored ? (repeat + 1) * height - begin : repeat * height + end;
    add(found, columns_between(matrix, row, side, low, high), side);
  }
  merge(found);
}

}  // namespace clipguide::view
