#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "clipguide/view/parallel.h"
#include "clipguide/view/sample_plan.h"

namespace clipguide::view {
namespace {

// Texels are interleaved and padded to four channels: a tap is then one vector operation.
constexpr int kLanes = 4;

template <class T>
struct Texels {
  explicit Texels(std::int64_t count) : values(new T[std::size_t(count * kLanes)]) {}
  std::unique_ptr<T[]> values;
};

// The taps of one view pixel along one axis of a level.
template <class T>
struct Taps {
  int count = 0;
  T inside = 0;  // the weight that falls on the canvas; 1 but for Border::grey
  std::array<int, kMostTaps + 1> index;
  std::array<T, kMostTaps + 1> weight;
};

int bordered(int index, int size, Border border) {
  switch (border) {
    case Border::wrap: {
      const int rest = index % size;
      return rest < 0 ? rest + size : rest;
    }
    case Border::reflect: {
      const int period = 2 * size, rest = ((index % period) + period) % period;
      return rest < size ? rest : period - 1 - rest;
    }
    case Border::clamp:
      return std::clamp(index, 0, size - 1);
    case Border::grey:
      break;
  }
  return index >= 0 && index < size ? index : -1;
}

// `centre` in texels, `radius` of the tent at least 1.
template <class T>
void place_taps(Taps<T>& taps, double centre, double radius, int size, Border border) {
  const double middle = centre - 0.5;
  const double begin = std::floor(middle - radius) + 1;
  const int first = int(begin);
  const T slope = T(1 / radius), from = T(begin - middle);
  // Weigh the tent's texels.
  int count = 0;
  T sum = 0;
  for (; count <= kMostTaps; ++count) {
    const T weight = 1 - std::abs(from + T(count)) * slope;
    if (weight <= 0 && from + T(count) > 0) break;
    taps.weight[std::size_t(count)] = std::max(weight, T(0));
    taps.index[std::size_t(count)] = first + count;
    sum += taps.weight[std::size_t(count)];
  }
  const T norm = 1 / sum;
  for (int i = 0; i < count; ++i) taps.weight[std::size_t(i)] *= norm;
  taps.count = count;
  taps.inside = 1;
  if (first >= 0 && first + count <= size) return;
  // Send those beyond the canvas where the border rule says; drop those that see grey.
  taps.count = 0;
  taps.inside = 0;
  for (int i = 0; i < count; ++i) {
    const int index = bordered(taps.index[std::size_t(i)], size, border);
    if (index < 0) continue;
    taps.index[std::size_t(taps.count)] = index;
    taps.weight[std::size_t(taps.count)] = taps.weight[std::size_t(i)];
    taps.inside += taps.weight[std::size_t(i)];
    ++taps.count;
  }
  if (border != Border::grey) taps.inside = 1;
}

std::size_t level_for(const SamplePlan& plan, const PixelMap::Place& place) {
  std::size_t level = 0;
  while (level + 1 < plan.levels.size() &&
         level_fits(plan.levels[level + 1], place.step_x, place.step_y))
    ++level;
  return level;
}

template <class T>
void place_x(Taps<T>& taps, const Level& level, const PixelMap::Place& place, Border border) {
  place_taps(taps, place.x * level.scale_x, tent_radius(place.step_x, level.scale_x), level.width,
             border);
}

template <class T>
void place_y(Taps<T>& taps, const Level& level, const PixelMap::Place& place, Border border) {
  place_taps(taps, place.y * level.scale_y, tent_radius(place.step_y, level.scale_y), level.height,
             border);
}

// The adjoint's share of the canvas: the same part of the rows of each level.
struct Band {
  int index, count;
  int begin(const Level& level) const { return int(std::int64_t(level.height) * index / count); }
  int end(const Level& level) const {
    return int(std::int64_t(level.height) * (index + 1) / count);
  }
};

template <class T>
void interleave(const SamplePlan& plan, const T* picture, T* texels) {
  const std::int64_t plane = std::int64_t(plan.width()) * plan.height();
  run_parallel(plan.height(), [&](std::int64_t row) {
    const T* in = picture + row * plan.width();
    T* out = texels + row * plan.width() * kLanes;
    for (int x = 0; x < plan.width(); ++x, ++in, out += kLanes) {
      out[0] = in[0], out[1] = in[plane], out[2] = in[2 * plane];
      out[3] = 0;
    }
  });
}

template <class T>
void deinterleave(const SamplePlan& plan, const T* texels, T* picture) {
  const std::int64_t plane = std::int64_t(plan.width()) * plan.height();
  run_parallel(plan.height(), [&](std::int64_t row) {
    const T* in = texels + row * plan.width() * kLanes;
    T* out = picture + row * plan.width();
    for (int x = 0; x < plan.width(); ++x, ++out, in += kLanes)
      out[0] = in[0], out[plane] = in[1], out[2 * plane] = in[2];
  });
}

// out (y, x) (+)= sum of rows[y].weight * columns[x].weight * in: the step between two levels.
template <bool kAdd, class T>
void share_texels(const std::vector<AreaShare>& rows, const std::vector<AreaShare>& columns,
                  const T* in, int in_width, T* out) {
  run_parallel(std::int64_t(rows.size()), [&](std::int64_t y) {
    const AreaShare& row = rows[std::size_t(y)];
    T* texel = out + y * std::int64_t(columns.size()) * kLanes;
    for (const AreaShare& column : columns) {
      T sum[kLanes] = {};
      for (int i = 0; i < row.count; ++i) {
        const T* source = in + (std::int64_t(row.first + i) * in_width + column.first) * kLanes;
        for (int k = 0; k < column.count; ++k, source += kLanes) {
          const T weight = T(row.weight[i] * column.weight[k]);
          for (int c = 0; c < kLanes; ++c) sum[c] += weight * source[c];
        }
      }
      for (int c = 0; c < kLanes; ++c) texel[c] = kAdd ? texel[c] + sum[c] : sum[c];
      texel += kLanes;
    }
  });
}

template <class T>
void build_pyramid(const SamplePlan& plan, const T* picture, T* texels) {
  interleave(plan, picture, texels);
  for (std::size_t i = 1; i < plan.levels.size(); ++i) {
    const Level &fine = plan.levels[i - 1], &coarse = plan.levels[i];
    share_texels<false>(area_shares(fine.height, coarse.height),
                        area_shares(fine.width, coarse.width), texels + fine.offset * kLanes,
                        fine.width, texels + coarse.offset * kLanes);
  }
}

template <class T>
void collapse_pyramid(const SamplePlan& plan, T* texels, T* picture) {
  for (std::size_t i = plan.levels.size() - 1; i > 0; --i) {
    const Level &fine = plan.levels[i - 1], &coarse = plan.levels[i];
    share_texels<true>(area_shares_transposed(fine.height, coarse.height),
                       area_shares_transposed(fine.width, coarse.width),
                       texels + coarse.offset * kLanes, coarse.width,
                       texels + fine.offset * kLanes);
  }
  deinterleave(plan, texels, picture);
}

template <class T>
void sample_row(const SamplePlan& plan, std::size_t view, int row, const T* texels, T grey,
                T* out) {
  const PixelMap& map = plan.maps[view];
  const Border border = plan.warps[view].border;
  const std::int64_t plane = std::int64_t(plan.side_px) * plan.side_px;
  Taps<T> across, down;
  for (int column = 0; column < plan.side_px; ++column, ++out) {
    const PixelMap::Place place = map.at(column, row);
    const Level& level = plan.levels[level_for(plan, place)];
    place_x(across, level, place, border);
    place_y(down, level, place, border);
    T sum[kLanes] = {};
    for (int i = 0; i < down.count; ++i) {
      const T* line =
          texels + (level.offset + std::int64_t(down.index[std::size_t(i)]) * level.width) * kLanes;
      for (int k = 0; k < across.count; ++k) {
        const T* texel = line + std::int64_t(across.index[std::size_t(k)]) * kLanes;
        const T weight = down.weight[std::size_t(i)] * across.weight[std::size_t(k)];
        for (int c = 0; c < kLanes; ++c) sum[c] += weight * texel[c];
      }
    }
    const T beyond = grey * (1 - across.inside * down.inside);
    for (int c = 0; c < kChannels; ++c) out[c * plane] = sum[c] + beyond;
  }
}

// Whether a row of a view can touch a band; wrong only on the side of caution.
bool row_meets_band(const SamplePlan& plan, std::size_t view, int row, const Band& band) {
  const double height = plan.height(), texel = 1 / plan.levels.back().scale_y;
  PixelMap::Interval extent = plan.maps[view].row_extent(row, plan.side_px);
  extent.low -= 2 * texel, extent.high += 2 * texel;
  const bool repeats =
      plan.warps[view].border == Border::wrap || plan.warps[view].border == Border::reflect;
  if (repeats && (extent.low < 0 || extent.high > height)) return true;
  const double begin = height * band.index / band.count - texel;
  const double end = height * (band.index + 1) / band.count + texel;
  return std::max(extent.high, 0.0) >= begin && std::min(extent.low, height) <= end;
}

// Adds what a view row's gradient gives to the band's texels.
template <class T>
void spread_row(const SamplePlan& plan, std::size_t view, int row, const Band& band,
                const T* gradient, T* texels) {
  const PixelMap& map = plan.maps[view];
  const Border border = plan.warps[view].border;
  const std::int64_t plane = std::int64_t(plan.side_px) * plan.side_px;
  Taps<T> across, down;
  for (int column = 0; column < plan.side_px; ++column, ++gradient) {
    const PixelMap::Place place = map.at(column, row);
    const Level& level = plan.levels[level_for(plan, place)];
    const int begin = band.begin(level), end = band.end(level);
    place_y(down, level, place, border);
    bool placed = false;
    for (int i = 0; i < down.count; ++i) {
      const int y = down.index[std::size_t(i)];
      if (y < begin || y >= end) continue;
      if (!placed) place_x(across, level, place, border);
      placed = true;
      T* line = texels + (level.offset + std::int64_t(y) * level.width) * kLanes;
      const T value[kLanes] = {gradient[0], gradient[plane], gradient[2 * plane], 0};
      for (int k = 0; k < across.count; ++k) {
        T* texel = line + std::int64_t(across.index[std::size_t(k)]) * kLanes;
        const T weight = down.weight[std::size_t(i)] * across.weight[std::size_t(k)];
        for (int c = 0; c < kLanes; ++c) texel[c] += weight * value[c];
      }
    }
  }
}

template <class T>
void spread_band(const SamplePlan& plan, std::size_t picture, const Band& band, const T* gradient,
                 T* texels) {
  for (const Level& level : plan.levels)
    std::fill(texels + (level.offset + std::int64_t(band.begin(level)) * level.width) * kLanes,
              texels + (level.offset + std::int64_t(band.end(level)) * level.width) * kLanes, T(0));
  const std::int64_t plane = std::int64_t(plan.side_px) * plan.side_px;
  for (int v = 0; v < plan.views; ++v) {
    const std::size_t view = picture * std::size_t(plan.views) + std::size_t(v);
    for (int row = 0; row < plan.side_px; ++row)
      if (row_meets_band(plan, view, row, band))
        spread_row(
            plan, view, row, band,
            gradient + std::int64_t(v) * kChannels * plane + std::int64_t(row) * plan.side_px,
            texels);
  }
}

}  // namespace

template <class T>
void sample_cpu(const SamplePlan& plan, const T* picture, T* views, T grey) {
  const std::int64_t side = plan.side_px, view_size = kChannels * side * side;
  const std::int64_t canvas_size = std::int64_t(kChannels) * plan.width() * plan.height();
  Texels<T> pyramid(plan.texels());
  constexpr std::int64_t kRows = 16;  // a task
  const std::int64_t tasks_a_view = (side + kRows - 1) / kRows;
  for (std::int64_t n = 0; n < plan.pictures; ++n) {
    build_pyramid(plan, picture + n * canvas_size, pyramid.values.get());
    run_parallel(plan.views * tasks_a_view, [&](std::int64_t task) {
      const std::int64_t view = n * plan.views + task / tasks_a_view;
      const std::int64_t first = task % tasks_a_view * kRows;
      for (std::int64_t row = first; row < std::min(side, first + kRows); ++row)
        sample_row(plan, std::size_t(view), int(row), pyramid.values.get(), grey,
                   views + view * view_size + row * side);
    });
  }
}

template <class T>
void spread_cpu(const SamplePlan& plan, const T* view_gradient, T* picture_gradient) {
  const std::int64_t side = plan.side_px, view_size = kChannels * side * side;
  const std::int64_t canvas_size = std::int64_t(kChannels) * plan.width() * plan.height();
  Texels<T> pyramid(plan.texels());
  // Four bands a thread even out the load. The result does not depend on their number.
  const int bands = std::clamp(plan.height() / 16, 1, 4 * at::get_num_threads());
  for (std::int64_t n = 0; n < plan.pictures; ++n) {
    run_parallel(bands, [&](std::int64_t band) {
      spread_band(plan, std::size_t(n), {int(band), bands},
                  view_gradient + n * plan.views * view_size, pyramid.values.get());
    });
    collapse_pyramid(plan, pyramid.values.get(), picture_gradient + n * canvas_size);
  }
}

template void sample_cpu<float>(const SamplePlan&, const float*, float*, float);
template void sample_cpu<double>(const SamplePlan&, const double*, double*, double);
template void spread_cpu<float>(const SamplePlan&, const float*, float*);
template void spread_cpu<double>(const SamplePlan&, const double*, double*);

}  // namespace clipguide::view
