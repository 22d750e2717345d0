#pragma once

#include <cstdint>

/// clamp_unit, both ways, in one pass each. Knows no torch.
namespace clipguide::imaging {

template <class T>
void clamp_unit_cpu(const T* values, std::int64_t count, T* out, int threads);

/// gradient, where the value lies inside or the step leads back to it; else 0.
template <class T>
void clamp_unit_gradient_cpu(const T* values, const T* gradient, std::int64_t count, T* out,
                             int threads);

}  // namespace clipguide::imaging
