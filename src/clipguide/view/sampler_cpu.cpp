#include "clipguide/view/sampler_cpu.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "clipguide/base/parallel.h"
#include "clipguide/view/band.h"
#include "clipguide/view/pyramid.h"
#include "clipguide/view/taps.h"

namespace clipguide::view {
namespace {

template <class T>
using Vector = typename Lanes<T>::Type;

// Vectors go by reference alone: by value they would depend on the target's vector registers.
template <class T>
inline void add_product(Vector<T>& sum, T weight, const T* texel) {
  Vector<T> value;
  std::memcpy(&value, texel, sizeof value);
  sum += weight * value;
}
template <class T>
inline void add_product(T* texel, T weight, const Vector<T>& value) {
  Vector<T> sum;
  std::memcpy(&sum, texel, sizeof sum);
  sum += weight * value;
  std::memcpy(texel, &sum, sizeof sum);
}

template <class T>
std::unique_ptr<T[]> make_texels(const SamplePlan& plan) {
  return std::unique_ptr<T[]>(new T[std::size_t(plan.texels() * kLanes)]);  // not cleared
}

template <int kSize, class T>
inline void sample_patch(const Patch<T>& patch, const Level& level, const T* texels,
                         Vector<T>& sum) {
  const T* line = texels + (level.offset + std::int64_t(patch.y) * level.width + patch.x) * kLanes;
  for (int i = 0; i < kSize; ++i, line += std::int64_t(level.width) * kLanes) {
    Vector<T> along = {};
    for (int k = 0; k < kSize; ++k) add_product<T>(along, patch.across[k], line + k * kLanes);
    sum += patch.down[i] * along;
  }
}

// The general way: any tent, any border.
template <class T>
void sample_taps(TapFinder<T>& finder, const T* texels, T grey, Vector<T>& sum) {
  const Level& level = finder.level();
  const Taps<T>&down = finder.down(), &across = finder.across();
  for (int i = 0; i < down.count; ++i) {
    const std::int64_t y = down.index[std::size_t(i)];
    const T* const line = texels + (level.offset + y * level.width) * kLanes;
    Vector<T> along = {};
    for (int k = 0; k < across.count; ++k)
      add_product<T>(along, across.weight[std::size_t(k)],
                     line + std::int64_t(across.index[std::size_t(k)]) * kLanes);
    sum += down.weight[std::size_t(i)] * along;
  }
  sum += grey * (1 - across.inside * down.inside);
}

template <class T>
void sample_row(TapFinder<T>& finder, int row, int side, const T* texels, T grey,
                const ViewRow<T>& out) {
  finder.go_to_row(row);
  Patch<T> patch;
  for (int column = 0; column < side; ++column) {
    finder.go_to_column(column);
    Vector<T> sum = {};
    if (!finder.patch(patch))
      sample_taps(finder, texels, grey, sum);
    else if (patch.size == 2)
      sample_patch<2>(patch, finder.level(), texels, sum);
    else
      sample_patch<kLanes>(patch, finder.level(), texels, sum);
    for (int c = 0; c < kChannels; ++c) out.first[c * out.plane + column] = sum[c];
  }
}

template <class T>
inline void spread_patch(const Patch<T>& patch, const Level& level, const Band& band,
                         const Vector<T>& gradient, T* texels) {
  const int begin = std::max(band.begin(level), patch.y);
  const int end = std::min(band.end(level), patch.y + patch.size);
  for (int y = begin; y < end; ++y) {
    T* const line = texels + (level.offset + std::int64_t(y) * level.width + patch.x) * kLanes;
    const Vector<T> value = patch.down[y - patch.y] * gradient;
    for (int k = 0; k < patch.size; ++k) add_product<T>(line + k * kLanes, patch.across[k], value);
  }
}

template <class T>
void spread_taps(TapFinder<T>& finder, const Band& band, const Vector<T>& gradient, T* texels) {
  const Level& level = finder.level();
  const Taps<T>& down = finder.down();
  const int begin = band.begin(level), end = band.end(level);
  const Taps<T>* across = nullptr;
  for (int i = 0; i < down.count; ++i) {
    const int y = down.index[std::size_t(i)];
    if (y < begin || y >= end) continue;
    if (!across) across = &finder.across();
    T* const line = texels + (level.offset + std::int64_t(y) * level.width) * kLanes;
    const Vector<T> value = down.weight[std::size_t(i)] * gradient;
    for (int k = 0; k < across->count; ++k)
      add_product<T>(line + std::int64_t(across->index[std::size_t(k)]) * kLanes,
                     across->weight[std::size_t(k)], value);
  }
}

// Adds what a view row's gradient gives to the band's texels.
template <class T>
void spread_row(TapFinder<T>& finder, int row, const std::vector<Columns>& stretches,
                const Band& band, const ViewRow<const T>& gradient, T* texels) {
  finder.go_to_row(row);
  Patch<T> patch;
  for (const Columns& columns : stretches)
    for (int column = columns.begin; column < columns.end; ++column) {
      finder.go_to_column(column);
      const T* const first = gradient.first + column;
      const Vector<T> value = {first[0], first[gradient.plane], first[2 * gradient.plane], 0};
      if (finder.patch(patch))
        spread_patch(patch, finder.level(), band, value, texels);
      else
        spread_taps(finder, band, value, texels);
    }
}

template <class T>
void spread_band(const SamplePlan& plan, std::size_t picture, const Band& band,
                 const RowGradient<T>& gradient, T* texels) {
  for (std::size_t i = std::size_t(plan.first_level); i < plan.levels.size(); ++i) {
    const Level& level = plan.levels[i];
    std::fill(texels + (level.offset + std::int64_t(band.begin(level)) * level.width) * kLanes,
              texels + (level.offset + std::int64_t(band.end(level)) * level.width) * kLanes, T(0));
  }
  std::vector<T> scratch(std::size_t(kChannels * plan.side_px));
  std::vector<Columns> stretches;
  for (int v = 0; v < plan.views; ++v) {
    const std::size_t view = picture * std::size_t(plan.views) + std::size_t(v);
    TapFinder<T> finder(plan, view);
    for (int row = 0; row < plan.side_px; ++row) {
      columns_in_band(plan, view, row, band, finder.texel_px(), stretches);
      if (stretches.empty()) continue;
      spread_row(finder, row, stretches, band, gradient(view, row, {scratch.data(), plan.side_px}),
                 texels);
    }
  }
}

}  // namespace

template <class T>
void sample_cpu(const SamplePlan& plan, const T* picture, T* views, T grey, int threads,
                const RowSampled<T>& on_row) {
  const std::int64_t side = plan.side_px, plane = side * side;
  const std::int64_t canvas_size = std::int64_t(kChannels) * plan.width() * plan.height();
  const auto texels = make_texels<T>(plan);
  constexpr std::int64_t kRows = 32;  // a task
  const std::int64_t tasks_a_view = (side + kRows - 1) / kRows;
  for (std::int64_t n = 0; n < plan.pictures; ++n) {
    build_pyramid(plan, picture + n * canvas_size, texels.get(), threads);
    base::run_parallel(plan.views * tasks_a_view, threads, [&](std::int64_t task) {
      const std::size_t view = std::size_t(n * plan.views + task / tasks_a_view);
      const std::int64_t first = task % tasks_a_view * kRows;
      TapFinder<T> finder(plan, view);
      for (std::int64_t row = first; row < std::min(side, first + kRows); ++row) {
        const ViewRow<T> out{views + std::int64_t(view) * kChannels * plane + row * side, plane};
        sample_row(finder, int(row), plan.side_px, texels.get(), grey, out);
        if (on_row) on_row(view, int(row), out);
      }
    });
  }
}

template <class T>
void spread_cpu(const SamplePlan& plan, const RowGradient<T>& gradient, T* picture_gradient,
                int threads) {
  const std::int64_t canvas_size = std::int64_t(kChannels) * plan.width() * plan.height();
  const auto texels = make_texels<T>(plan);
  // Four bands a thread even out the load. The result does not depend on their number.
  const int bands = threads <= 1 ? 1 : std::clamp(plan.height() / 16, 1, 4 * threads);
  for (std::int64_t n = 0; n < plan.pictures; ++n) {
    base::run_parallel(bands, threads, [&](std::int64_t band) {
      spread_band(plan, std::size_t(n), {int(band), bands}, gradient, texels.get());
    });
    collapse_pyramid(plan, texels.get(), picture_gradient + n * canvas_size, threads);
  }
}

template void sample_cpu<float>(const SamplePlan&, const float*, float*, float, int,
                                const RowSampled<float>&);
template void sample_cpu<double>(const SamplePlan&, const double*, double*, double, int,
                                 const RowSampled<double>&);
template void spread_cpu<float>(const SamplePlan&, const RowGradient<float>&, float*, int);
template void spread_cpu<double>(const SamplePlan&, const RowGradient<double>&, double*, int);

}  // namespace clipguide::view
