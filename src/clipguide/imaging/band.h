#pragma once

#include <cmath>

/// What a coarse-to-fine schedule lets through, a frequency at a time. Knows no torch.
namespace clipguide::imaging {

inline constexpr double kNyquist = 0.5;   ///< cycles a pixel
inline constexpr double kFallOff = 0.25;  ///< standard deviation of the roll-off, in bandwidths

/// 1 up to `bandwidth` times the Nyquist frequency, then a Gaussian fall-off.
///   frequency  cycles a pixel
inline float passed(float frequency, double bandwidth) {
  const float beyond = (frequency / float(bandwidth * kNyquist) - 1) / float(kFallOff);
  return beyond <= 0 ? 1.0f : std::exp(-0.5f * beyond * beyond);
}

/// Beyond this frequency less than 2e-8 passes.
inline double last_passed(double bandwidth) { return bandwidth * kNyquist * (1 + 6 * kFallOff); }

}  // namespace clipguide::imaging
