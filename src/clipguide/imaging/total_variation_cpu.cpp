#include "clipguide/imaging/total_variation_cpu.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "clipguide/base/parallel.h"

namespace clipguide::imaging {
namespace {

constexpr int kRows = 32;  // a task

// A sum of squares, in so many sums of its own that the compiler makes a vector of them.
template <class T>
double sum_squared_difference(const T* __restrict a, const T* __restrict b, int count) {
  constexpr int kSums = 8;
  typedef T Vector __attribute__((vector_size(kSums * sizeof(T))));
  Vector sums = {};
  int x = 0;
  for (; x + kSums <= count; x += kSums) {
    Vector p, q;
    std::memcpy(&p, a + x, sizeof p);
    std::memcpy(&q, b + x, sizeof q);
    const Vector d = p - q;
    sums += d * d;
  }
  double total = 0;
  for (; x < count; ++x) total += double(a[x] - b[x]) * double(a[x] - b[x]);
  for (int i = 0; i < kSums; ++i) total += double(sums[i]);
  return total;
}

// Pulls each pixel toward the neighbours that it has along a row, and toward those in the rows
// above and below (null: none).
template <class T>
void gradient_row(const T* __restrict above, const T* __restrict row, const T* __restrict below,
                  int width, T down, T across, T* __restrict out) {
  for (int x = 1; x + 1 < width; ++x)
    out[x] = across * ((row[x] - row[x - 1]) + (row[x] - row[x + 1]));
  out[0] = across * (row[0] - row[1]);
  out[width - 1] = across * (row[width - 1] - row[width - 2]);
  if (above && below) {
    for (int x = 0; x < width; ++x) out[x] += down * ((row[x] - above[x]) + (row[x] - below[x]));
  } else {
    const T* const other = above ? above : below;
    for (int x = 0; x < width; ++x) out[x] += down * (row[x] - other[x]);
  }
}

}  // namespace

template <class T>
void sum_differences_cpu(const T* in, std::int64_t planes, int height, int width, Differences* sums,
                         int threads) {
  const std::int64_t stretches = (height + kRows - 1) / kRows;
  std::vector<Differences> parts(std::size_t(planes * stretches));
  base::run_parallel(planes * stretches, threads, [&](std::int64_t task) {
    const T* const plane = in + task / stretches * height * width;
    const int first = int(task % stretches) * kRows, last = std::min(height, first + kRows);
    Differences& part = parts[std::size_t(task)];
    for (int y = first; y < last; ++y) {
      const T* const row = plane + std::int64_t(y) * width;
      if (y + 1 < height) part.down += sum_squared_difference(row + width, row, width);
      part.across += sum_squared_difference(row + 1, row, width - 1);
    }
  });
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    Differences& sum = sums[plane] = {};
    for (std::int64_t i = plane * stretches; i < (plane + 1) * stretches; ++i) {
      sum.down += parts[std::size_t(i)].down;
      sum.across += parts[std::size_t(i)].across;
    }
  }
}

template <class T>
void differences_gradient_cpu(const T* in, std::int64_t planes, int height, int width,
                              const Differences* weights, T* out, int threads) {
  const std::int64_t stretches = (height + kRows - 1) / kRows;
  base::run_parallel(planes * stretches, threads, [&](std::int64_t task) {
    const std::int64_t plane = task / stretches;
    const T down = T(2 * weights[plane].down), across = T(2 * weights[plane].across);
    const int first = int(task % stretches) * kRows, last = std::min(height, first + kRows);
    for (int y = first; y < last; ++y) {
      const std::int64_t at = (plane * height + y) * width;
      const T* const row = in + at;
      gradient_row(y > 0 ? row - width : nullptr, row, y + 1 < height ? row + width : nullptr,
                   width, down, across, out + at);
    }
  });
}

template void sum_differences_cpu<float>(const float*, std::int64_t, int, int, Differences*, int);
template void sum_differences_cpu<double>(const double*, std::int64_t, int, int, Differences*, int);
template void differences_gradient_cpu<float>(const float*, std::int64_t, int, int,
                                              const Differences*, float*, int);
template void differences_gradient_cpu<double>(const double*, std::int64_t, int, int,
                                               const Differences*, double*, int);

}  // namespace clipguide::imaging
