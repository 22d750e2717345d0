#include "clipguide/guide/update_cpu.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "clipguide/base/parallel.h"

namespace clipguide::guide {
namespace {

constexpr std::int64_t kAtOnce = 1 << 15;

template <class Body>
void for_parts(std::int64_t count, int threads, const Body& body) {
  base::run_parallel((count + kAtOnce - 1) / kAtOnce, threads, [&](std::int64_t part) {
    body(part, part * kAtOnce, std::min(kAtOnce, count - part * kAtOnce));
  });
}

// In so many sums of its own that the compiler makes a vector of them; short ones, for f32.
double squares_of_part(const float* values, std::int64_t count) {
  constexpr std::int64_t kSums = 8, kShort = 1024;
  typedef float Vector __attribute__((vector_size(kSums * sizeof(float))));
  double total = 0;
  std::int64_t i = 0;
  while (i + kSums <= count) {
    Vector sums = {};
    for (const std::int64_t end = std::min(count, i + kShort); i + kSums <= end; i += kSums) {
      Vector v;
      std::memcpy(&v, values + i, sizeof v);
      sums += v * v;
    }
    for (int k = 0; k < kSums; ++k) total += double(sums[k]);
  }
  for (; i < count; ++i) total += double(values[i]) * double(values[i]);
  return total;
}

void subtract_part(float* __restrict parameter, const float* __restrict update, float factor,
                   std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) parameter[i] -= factor * update[i];
}

}  // namespace

double sum_of_squares_cpu(const float* values, std::int64_t count, int threads) {
  std::vector<double> parts(std::size_t((count + kAtOnce - 1) / kAtOnce));
  for_parts(count, threads, [&](std::int64_t part, std::int64_t first, std::int64_t size) {
    parts[std::size_t(part)] = squares_of_part(values + first, size);
  });
  double total = 0;
  for (const double part : parts) total += part;
  return total;
}

void subtract_cpu(float* parameter, const float* update, float factor, std::int64_t count,
                  int threads) {
  for_parts(count, threads, [&](std::int64_t, std::int64_t first, std::int64_t size) {
    subtract_part(parameter + first, update + first, factor, size);
  });
}

}  // namespace clipguide::guide
