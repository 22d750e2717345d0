#include "clipguide/view/sampler_cpu.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "clipguide/view/parallel.h"
#include "clipguide/view/pyramid.h"
#include "clipguide/view/taps.h"

namespace clipguide::view {
namespace {

// The channels of a texel as one vector: GCC's and Clang's extension, which every target can lower.
template <class T>
struct Vector {
  typedef T Type __attribute__((vector_size(kLanes * sizeof(T))));

  // Never by value: that would depend on the target's vector registers.
  static void add_product(Type& sum, T weight, const T* texel) {
    Type value;
    std::memcpy(&value, texel, sizeof value);
    sum += weight * value;
  }
  static void add_product(T* texel, T weight, const Type& value) {
    Type sum;
    std::memcpy(&sum, texel, sizeof sum);
    sum += weight * value;
    std::memcpy(texel, &sum, sizeof sum);
  }
};

template <class T>
std::unique_ptr<T[]> make_texels(const SamplePlan& plan) {
  return std::unique_ptr<T[]>(new T[std::size_t(plan.texels() * kLanes)]);  // not cleared
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
void sample_row(TapFinder<T>& finder, int row, int side, const T* texels, T grey, T* out) {
  using V = Vector<T>;
  const std::int64_t plane = std::int64_t(side) * side;
  finder.go_to_row(row);
  for (int column = 0; column < side; ++column, ++out) {
    finder.go_to_column(column);
    const Level& level = finder.level();
    const Taps<T>&down = finder.down(), &across = finder.across();
    typename V::Type sum = {};
    for (int i = 0; i < down.count; ++i) {
      const std::int64_t y = down.index[std::size_t(i)];
      const T* const line = texels + (level.offset + y * level.width) * kLanes;
      typename V::Type along = {};
      for (int k = 0; k < across.count; ++k)
        V::add_product(along, across.weight[std::size_t(k)],
                       line + std::int64_t(across.index[std::size_t(k)]) * kLanes);
      sum += down.weight[std::size_t(i)] * along;
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
void spread_row(TapFinder<T>& finder, int row, int side, const Band& band, const T* gradient,
                T* texels) {
  using V = Vector<T>;
  const std::int64_t plane = std::int64_t(side) * side;
  finder.go_to_row(row);
  for (int column = 0; column < side; ++column, ++gradient) {
    finder.go_to_column(column);
    const Level& level = finder.level();
    const Taps<T>& down = finder.down();
    const int begin = band.begin(level), end = band.end(level);
    const Taps<T>* across = nullptr;
    for (int i = 0; i < down.count; ++i) {
      const int y = down.index[std::size_t(i)];
      if (y < begin || y >= end) continue;
      if (!across) across = &finder.across();
      T* const line = texels + (level.offset + std::int64_t(y) * level.width) * kLanes;
      const typename V::Type value =
          down.weight[std::size_t(i)] *
          typename V::Type{gradient[0], gradient[plane], gradient[2 * plane], 0};
      for (int k = 0; k < across->count; ++k)
        V::add_product(line + std::int64_t(across->index[std::size_t(k)]) * kLanes,
                       across->weight[std::size_t(k)], value);
    }
  }
}

template <class T>
void spread_band(const SamplePlan& plan, std::size_t picture, const Band& band, const T* gradient,
                 T* texels) {
  for (const Level& level : plan.levels)
    std::fill(texels + (level.offset + std::int64_t(band.begin(level)) * level.width) * kLanes,
              texels + (level.offset + std::int64_t(band.end(level)) * level.width) * kLanes, T(0));
  const std::int64_t side = plan.side_px;
  for (int v = 0; v < plan.views; ++v) {
    const std::size_t view = picture * std::size_t(plan.views) + std::size_t(v);
    TapFinder<T> finder(plan, view);
    for (int row = 0; row < side; ++row)
      if (row_meets_band(plan, view, row, band))
        spread_row(finder, row, plan.side_px, band,
                   gradient + v * kChannels * side * side + row * side, texels);
  }
}

}  // namespace

template <class T>
void sample_cpu(const SamplePlan& plan, const T* picture, T* views, T grey, int threads) {
  const std::int64_t side = plan.side_px, view_size = kChannels * side * side;
  const std::int64_t canvas_size = std::int64_t(kChannels) * plan.width() * plan.height();
  const auto texels = make_texels<T>(plan);
  constexpr std::int64_t kRows = 32;  // a task
  const std::int64_t tasks_a_view = (side + kRows - 1) / kRows;
  for (std::int64_t n = 0; n < plan.pictures; ++n) {
    build_pyramid(plan, picture + n * canvas_size, texels.get(), threads);
    run_parallel(plan.views * tasks_a_view, threads, [&](std::int64_t task) {
      const std::int64_t view = n * plan.views + task / tasks_a_view;
      const std::int64_t first = task % tasks_a_view * kRows;
      TapFinder<T> finder(plan, std::size_t(view));
      for (std::int64_t row = first; row < std::min(side, first + kRows); ++row)
        sample_row(finder, int(row), plan.side_px, texels.get(), grey,
                   views + view * view_size + row * side);
    });
  }
}

template <class T>
void spread_cpu(const SamplePlan& plan, const T* view_gradient, T* picture_gradient, int threads) {
  const std::int64_t side = plan.side_px, view_size = kChannels * side * side;
  const std::int64_t canvas_size = std::int64_t(kChannels) * plan.width() * plan.height();
  const auto texels = make_texels<T>(plan);
  // Four bands a thread even out the load. The result does not depend on their number.
  const int bands = threads == 1 ? 1 : std::clamp(plan.height() / 16, 1, 4 * threads);
  for (std::int64_t n = 0; n < plan.pictures; ++n) {
    run_parallel(bands, threads, [&](std::int64_t band) {
      spread_band(plan, std::size_t(n), {int(band), bands},
                  view_gradient + n * plan.views * view_size, texels.get());
    });
    collapse_pyramid(plan, texels.get(), picture_gradient + n * canvas_size, threads);
  }
}

template void sample_cpu<float>(const SamplePlan&, const float*, float*, float, int);
template void sample_cpu<double>(const SamplePlan&, const double*, double*, double, int);
template void spread_cpu<float>(const SamplePlan&, const float*, float*, int);
template void spread_cpu<double>(const SamplePlan&, const double*, double*, int);

}  // namespace clipguide::view
