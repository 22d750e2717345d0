#pragma once

#include <cstdint>

/// Sums of squared differences of neighbours, and their gradient, each in one pass over a plane.
/// Deterministic to the bit for any number of threads. Knows no torch.   P planes, H W pixels.
namespace clipguide::imaging {

struct Differences {
  double down = 0, across = 0;
};

/// What the squared differences of a plane sum up to, along either axis.
///   in  [P, H, W]      sums  [P], written
template <class T>
void sum_differences_cpu(const T* in, std::int64_t planes, int height, int width, Differences* sums,
                         int threads);

/// The gradient of weights.down * sums.down + weights.across * sums.across.
///   weights  [P]       out  [P, H, W], written
template <class T>
void differences_gradient_cpu(const T* in, std::int64_t planes, int height, int width,
                              const Differences* weights, T* out, int threads);

}  // namespace clipguide::imaging
