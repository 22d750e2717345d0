#include "clipguide/imaging/clamp_cpu.h"

#include <algorithm>

#include "clipguide/base/parallel.h"

namespace clipguide::imaging {
namespace {

// NaN stays.
template <class T>
inline T clamped(T value) {
  const T low = value < T(0) ? T(0) : value;
  return low > T(1) ? T(1) : low;
}

template <class T>
void clamp_part(const T* __restrict values, std::int64_t count, T* __restrict out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = clamped(values[i]);
}

// Times 0 rather than 0, so that what is not a number shows.
template <class T>
void pass_part(const T* __restrict values, const T* __restrict gradient, std::int64_t count,
               T* __restrict out) {
  for (std::int64_t i = 0; i < count; ++i) {
    const T excess = values[i] - clamped(values[i]);
    out[i] = gradient[i] * (gradient[i] * excess >= T(0) ? T(1) : T(0));
  }
}

template <class Body>
void for_parts(std::int64_t count, int threads, const Body& body) {
  constexpr std::int64_t kAtOnce = 1 << 15;
  base::run_parallel((count + kAtOnce - 1) / kAtOnce, threads, [&](std::int64_t part) {
    body(part * kAtOnce, std::min(kAtOnce, count - part * kAtOnce));
  });
}

}  // namespace

template <class T>
void clamp_unit_cpu(const T* values, std::int64_t count, T* out, int threads) {
  for_parts(count, threads, [&](std::int64_t first, std::int64_t size) {
    clamp_part(values + first, size, out + first);
  });
}

template <class T>
void clamp_unit_gradient_cpu(const T* values, const T* gradient, std::int64_t count, T* out,
                             int threads) {
  for_parts(count, threads, [&](std::int64_t first, std::int64_t size) {
    pass_part(values + first, gradient + first, size, out + first);
  });
}

template void clamp_unit_cpu<float>(const float*, std::int64_t, float*, int);
template void clamp_unit_cpu<double>(const double*, std::int64_t, double*, int);
template void clamp_unit_gradient_cpu<float>(const float*, const float*, std::int64_t, float*, int);
template void clamp_unit_gradient_cpu<double>(const double*, const double*, std::int64_t, double*,
                                              int);

}  // namespace clipguide::imaging
