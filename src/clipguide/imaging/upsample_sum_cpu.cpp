#include "clipguide/imaging/upsample_sum_cpu.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <type_traits>
#include <utility>

#include "clipguide/base/instruction_set.h"
#include "clipguide/base/parallel.h"
#include "clipguide/base/target.h"

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

CubicHits hits_of(const std::vector<CubicTaps>& taps, int from) {
  CubicHits hits;
  hits.first.assign(std::size_t(from) + 1, 0);
  for (const CubicTaps& tap : taps)
    for (const int index : tap.index) ++hits.first[std::size_t(index) + 1];
  for (std::size_t i = 1; i < hits.first.size(); ++i) hits.first[i] += hits.first[i - 1];
  hits.place.resize(taps.size() * 4), hits.weight.resize(taps.size() * 4);
  std::vector<std::int64_t> next = hits.first;
  for (std::size_t place = 0; place < taps.size(); ++place)
    for (int k = 0; k < 4; ++k) {
      const std::size_t at = std::size_t(next[std::size_t(taps[place].index[k])]++);
      hits.place[at] = int(place), hits.weight[at] = taps[place].weight[k];
    }
  return hits;
}

template <class T>
std::unique_ptr<T[]> uncleared(std::int64_t size) {
  return std::unique_ptr<T[]>(new T[std::size_t(size)]);
}

constexpr std::int64_t kRows = 16;  // that are widened or narrowed at once

// sum[x] += the sum over `taps` of weights[i] * rows[i][x], in the order of i.
template <class T>
CLIPGUIDE_INLINE void add_rows_body(T* __restrict sum, std::int64_t width, const T* const* rows,
                                    const T* weights, std::int64_t taps) {
  std::int64_t i = 0;
  for (; i + 4 <= taps;
       i += 4) {  // four at a time, so that the sum is loaded and stored less often
    const T* __restrict a = rows[i], * __restrict b = rows[i + 1];
    const T* __restrict c = rows[i + 2], * __restrict d = rows[i + 3];
    const T wa = weights[i], wb = weights[i + 1], wc = weights[i + 2], wd = weights[i + 3];
    for (std::int64_t x = 0; x < width; ++x)
      sum[x] = (((sum[x] + wa * a[x]) + wb * b[x]) + wc * c[x]) + wd * d[x];
  }
  for (; i < taps; ++i)
    for (std::int64_t x = 0; x < width; ++x) sum[x] += weights[i] * rows[i][x];
}

template <class T>
using AddRows = void (*)(T*, std::int64_t, const T* const*, const T*, std::int64_t);

template <class T>
void add_rows(T* sum, std::int64_t width, const T* const* rows, const T* weights,
              std::int64_t taps) {
  add_rows_body(sum, width, rows, weights, taps);
}
#ifdef __x86_64__
template <class T>
CLIPGUIDE_TARGET_AVX2 void add_rows_avx2(T* sum, std::int64_t width, const T* const* rows,
                                         const T* weights, std::int64_t taps) {
  add_rows_body(sum, width, rows, weights, taps);
}
template <class T>
CLIPGUIDE_TARGET_AVX512 void add_rows_avx512(T* sum, std::int64_t width, const T* const* rows,
                                             const T* weights, std::int64_t taps) {
  add_rows_body(sum, width, rows, weights, taps);
}
#endif

template <class T>
AddRows<T> best_add_rows() {
#ifdef __x86_64__
  if (base::is_supported(base::InstructionSet::avx512)) return add_rows_avx512<T>;
  if (base::is_supported(base::InstructionSet::avx2)) return add_rows_avx2<T>;
#endif
  return add_rows<T>;
}

// Calls task(channel, plane, first row of the plane, rows) for all rows of all planes.
template <class Task>
void for_plane_rows(const UpsamplePlan& plan, std::int64_t channels, int threads,
                    const Task& task) {
  const std::int64_t parts = (plan.rows() + kRows - 1) / kRows;
  base::run_parallel(channels * parts, threads, [&](std::int64_t index) {
    const std::int64_t channel = index / parts, part = index % parts;
    const std::int64_t end = std::min(plan.rows(), (part + 1) * kRows);
    for (const UpsamplePlan::Plane& plane : plan.planes()) {
      const std::int64_t first = std::max(part * kRows, plane.first_row);
      const std::int64_t last = std::min(end, plane.first_row + plane.size.height);
      if (first < last) task(channel, plane, first - plane.first_row, last - first);
    }
  });
}

// Calls task(first, count) for rows in eights and single ones: several at once share what is read
// of an axis, and do not wait for one another's sums.
template <class Task>
void by_eights(std::int64_t rows, const Task& task) {
  std::int64_t row = 0;
  for (; row + 8 <= rows; row += 8) task(row, std::integral_constant<int, 8>());
  for (; row < rows; ++row) task(row, std::integral_constant<int, 1>());
}

}  // namespace

UpsamplePlan::UpsamplePlan(std::vector<PlaneSize> planes, int height, int width)
    : height_(height), width_(width) {
  for (const PlaneSize& size : planes) {
    std::vector<CubicTaps> down = cubic_taps(size.height, height),
                           across = cubic_taps(size.width, width);
    CubicHits down_hits = hits_of(down, size.height), across_hits = hits_of(across, size.width);
    planes_.push_back({size, values_, rows_, std::move(down), std::move(across),
                       std::move(down_hits), std::move(across_hits)});
    values_ += std::int64_t(size.height) * size.width;
    rows_ += size.height;
  }
}

template <class T>
void sum_upsampled_cpu(const UpsamplePlan& plan, std::int64_t channels, const T* planes, T* sum,
                       int threads) {
  const std::int64_t width = plan.width(), height = plan.height();
  const AddRows<T> add = best_add_rows<T>();
  // Widen the rows of all planes.
  const auto wide = uncleared<T>(channels * plan.rows() * width);
  for_plane_rows(plan, channels, threads,
                 [&](std::int64_t channel, const UpsamplePlan::Plane& plane, std::int64_t first,
                     std::int64_t rows) {
                   const std::int64_t narrow = plane.size.width;
                   const T* in =
                       planes + channel * plan.values() + plane.first_value + first * narrow;
                   T* out = wide.get() + (channel * plan.rows() + plane.first_row + first) * width;
                   by_eights(rows, [&](std::int64_t row, auto at_once) {
                     for (std::int64_t x = 0; x < width; ++x) {
                       const CubicTaps& taps = plane.across[std::size_t(x)];
                       T value[at_once] = {};
                       for (int k = 0; k < 4; ++k) {
                         const T weight = T(taps.weight[k]);
                         const T* from = in + row * narrow + taps.index[k];
                         for (int r = 0; r < at_once; ++r) value[r] += weight * from[r * narrow];
                       }
                       for (int r = 0; r < at_once; ++r) out[(row + r) * width + x] = value[r];
                     }
                   });
                 });
  // Each row of the sum is made of four wide rows a plane.
  base::run_parallel(channels * height, threads, [&](std::int64_t index) {
    const std::int64_t channel = index / height, y = index % height;
    T* const out = sum + index * width;
    std::fill_n(out, width, T(0));
    for (const UpsamplePlan::Plane& plane : plan.planes()) {
      const CubicTaps& taps = plane.down[std::size_t(y)];
      const T* const from = wide.get() + (channel * plan.rows() + plane.first_row) * width;
      const T* rows[4];
      T weights[4];
      for (int k = 0; k < 4; ++k)
        rows[k] = from + taps.index[k] * width, weights[k] = T(taps.weight[k]);
      add(out, width, rows, weights, 4);
    }
  });
}

template <class T>
void spread_upsampled_cpu(const UpsamplePlan& plan, std::int64_t channels, const T* sum_gradient,
                          T* plane_gradients, int threads) {
  const std::int64_t width = plan.width(), height = plan.height();
  const AddRows<T> add = best_add_rows<T>();
  // Collect in each wide row what it was part of; a stretch of columns stays in the cache.
  const auto wide = uncleared<T>(channels * plan.rows() * width);
  constexpr std::int64_t kColumns = 128;
  const std::int64_t stretches = (width + kColumns - 1) / kColumns;
  base::run_parallel(channels * stretches, threads, [&](std::int64_t index) {
    const std::int64_t channel = index / stretches, begin = index % stretches * kColumns;
    const std::int64_t count = std::min(kColumns, width - begin);
    const T* const in = sum_gradient + channel * height * width + begin;
    std::vector<const T*> rows(std::size_t(height) * 4);
    std::vector<T> weights(rows.size());
    for (const UpsamplePlan::Plane& plane : plan.planes()) {
      const CubicHits& hits = plane.down_hits;
      for (std::size_t i = 0; i < hits.place.size(); ++i)
        rows[i] = in + hits.place[i] * width, weights[i] = T(hits.weight[i]);
      for (int row = 0; row < plane.size.height; ++row) {
        T* const out = wide.get() + (channel * plan.rows() + plane.first_row + row) * width + begin;
        const std::int64_t first = hits.first[std::size_t(row)];
        std::fill_n(out, count, T(0));
        add(out, count, rows.data() + first, weights.data() + first,
            hits.first[std::size_t(row) + 1] - first);
      }
    }
  });
  // Narrow them.
  for_plane_rows(
      plan, channels, threads,
      [&](std::int64_t channel, const UpsamplePlan::Plane& plane, std::int64_t first,
          std::int64_t rows) {
        const std::int64_t narrow = plane.size.width;
        const CubicHits& hits = plane.across_hits;
        const T* in = wide.get() + (channel * plan.rows() + plane.first_row + first) * width;
        T* out = plane_gradients + channel * plan.values() + plane.first_value + first * narrow;
        by_eights(rows, [&](std::int64_t row, auto at_once) {
          for (std::int64_t x = 0; x < narrow; ++x) {
            T value[at_once] = {};
            for (std::int64_t i = hits.first[std::size_t(x)]; i < hits.first[std::size_t(x) + 1];
                 ++i) {
              const T weight = T(hits.weight[std::size_t(i)]);
              const T* from = in + row * width + hits.place[std::size_t(i)];
              for (int r = 0; r < at_once; ++r) value[r] += weight * from[r * width];
            }
            for (int r = 0; r < at_once; ++r) out[(row + r) * narrow + x] = value[r];
          }
        });
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
