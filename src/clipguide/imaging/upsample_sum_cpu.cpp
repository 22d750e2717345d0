#include "clipguide/imaging/upsample_sum_cpu.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "clipguide/base/parallel.h"

namespace clipguide::imaging {
namespace {

std::vector<CubicTaps> cubic_taps(int from, int to) {
  constexpr double a = -0.75;
  const auto near = [](double x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  const auto far = [](double x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  std::vector<CubicTaps> all(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double place = (i + 0.5) * from / to - 0.5, first = std::floor(place), t = place - first;
    const double weights[4] = {far(t + 1), near(t), near(1 - t), far(2 - t)};
    for (int k = 0; k < 4; ++k) {
      all[std::size_t(i)].index[k] = std::clamp(int(first) - 1 + k, 0, from - 1);
      all[std::size_t(i)].weight[k] = weights[k];
    }
  }
  return all;
}

template <class T>
std::unique_ptr<T[]> uncleared(std::int64_t size) {
  return std::unique_ptr<T[]>(new T[std::size_t(size)]);
}

// sum += weight * row
template <class T>
void add_row(T* __restrict sum, T weight, const T* __restrict row, std::int64_t width) {
  for (std::int64_t x = 0; x < width; ++x) sum[x] += weight * row[x];
}

// Calls task(channel, plane, row of the plane, its row among all) for every row of every plane.
template <class Task>
void for_plane_rows(const UpsamplePlan& plan, std::int64_t channels, int threads,
                    const Task& task) {
  constexpr std::int64_t kRows = 16;  // at once: some ten microseconds
  const std::int64_t parts = (plan.rows() + kRows - 1) / kRows;
  base::run_parallel(channels * parts, threads, [&](std::int64_t index) {
    const std::int64_t channel = index / parts, part = index % parts;
    const std::int64_t end = std::min(plan.rows(), (part + 1) * kRows);
    for (const UpsamplePlan::Plane& plane : plan.planes()) {
      const std::int64_t first = std::max(part * kRows, plane.first_row);
      const std::int64_t last = std::min(end, plane.first_row + plane.size.height);
      for (std::int64_t row = first; row < last; ++row)
        task(channel, plane, row - plane.first_row, row);
    }
  });
}

}  // namespace

UpsamplePlan::UpsamplePlan(std::vector<PlaneSize> planes, int height, int width)
    : height_(height), width_(width) {
  for (const PlaneSize& size : planes) {
    planes_.push_back(
        {size, values_, rows_, cubic_taps(size.height, height), cubic_taps(size.width, width)});
    values_ += std::int64_t(size.height) * size.width;
    rows_ += size.height;
  }
}

template <class T>
void sum_upsampled_cpu(const UpsamplePlan& plan, std::int64_t channels, const T* planes, T* sum,
                       int threads) {
  const std::int64_t width = plan.width(), height = plan.height();
  // Widen the rows of all planes.
  const auto wide = uncleared<T>(channels * plan.rows() * width);
  for_plane_rows(plan, channels, threads,
                 [&](std::int64_t channel, const UpsamplePlan::Plane& plane, std::int64_t row,
                     std::int64_t place) {
                   const T* in = planes + channel * plan.values() + plane.first_value +
                                 row * plane.size.width;
                   T* out = wide.get() + (channel * plan.rows() + place) * width;
                   for (const CubicTaps& taps : plane.across) {
                     T value = 0;
                     for (int k = 0; k < 4; ++k) value += T(taps.weight[k]) * in[taps.index[k]];
                     *out++ = value;
                   }
                 });
  // Each row of the sum is made of four wide rows a plane.
  base::run_parallel(channels * height, threads, [&](std::int64_t index) {
    const std::int64_t channel = index / height, y = index % height;
    T* const out = sum + index * width;
    std::fill_n(out, width, T(0));
    for (const UpsamplePlan::Plane& plane : plan.planes()) {
      const CubicTaps& taps = plane.down[std::size_t(y)];
      const T* const rows = wide.get() + (channel * plan.rows() + plane.first_row) * width;
      for (int k = 0; k < 4; ++k)
        add_row(out, T(taps.weight[k]), rows + taps.index[k] * width, width);
    }
  });
}

template <class T>
void spread_upsampled_cpu(const UpsamplePlan& plan, std::int64_t channels, const T* sum_gradient,
                          T* plane_gradients, int threads) {
  const std::int64_t width = plan.width(), height = plan.height();
  // Collect each row of the sum's gradient in the wide rows that it was made of; a stretch of
  // columns is one thread's, so every wide row is summed in the order of y.
  const auto wide = uncleared<T>(channels * plan.rows() * width);
  constexpr std::int64_t kColumns = 128;
  const std::int64_t stretches = (width + kColumns - 1) / kColumns;
  base::run_parallel(channels * stretches, threads, [&](std::int64_t index) {
    const std::int64_t channel = index / stretches, begin = index % stretches * kColumns;
    const std::int64_t count = std::min(kColumns, width - begin);
    T* const rows = wide.get() + channel * plan.rows() * width + begin;
    for (std::int64_t row = 0; row < plan.rows(); ++row)
      std::fill_n(rows + row * width, count, T(0));
    for (std::int64_t y = 0; y < height; ++y) {
      const T* const in = sum_gradient + (channel * height + y) * width + begin;
      for (const UpsamplePlan::Plane& plane : plan.planes()) {
        const CubicTaps& taps = plane.down[std::size_t(y)];
        for (int k = 0; k < 4; ++k)
          add_row(rows + (plane.first_row + taps.index[k]) * width, T(taps.weight[k]), in, count);
      }
    }
  });
  // Narrow them.
  for_plane_rows(plan, channels, threads,
                 [&](std::int64_t channel, const UpsamplePlan::Plane& plane, std::int64_t row,
                     std::int64_t place) {
                   const T* in = wide.get() + (channel * plan.rows() + place) * width;
                   T* out = plane_gradients + channel * plan.values() + plane.first_value +
                            row * plane.size.width;
                   std::fill_n(out, plane.size.width, T(0));
                   for (const CubicTaps& taps : plane.across) {
                     for (int k = 0; k < 4; ++k) out[taps.index[k]] += T(taps.weight[k]) * *in;
                     ++in;
                   }
                 });
}

template void sum_upsampled_cpu<float>(const UpsamplePlan&, std::int64_t, const float*, float*,
                                       int);
template void sum_upsampled_cpu<double>(const UpsamplePlan&, std::int64_t, const double*, double*,
                                        int);
template void spread_upsampled_cpu<float>(const UpsamplePlan&, std::int64_t, const float*, float*,
                                          int);
template void spread_upsampled_cpu<double>(const UpsamplePlan&, std::int64_t, const double*,
                                           double*, int);

}  // namespace clipguide::imaging
