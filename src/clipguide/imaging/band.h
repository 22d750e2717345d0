#pragma once

#include <algorithm>
#include <cmath>

/// What a coarse-to-fine schedule lets through, a frequency at a time. Knows no torch.
namespace clipguide::imaging {

inline constexpr double kNyquist = 0.5;   ///< cycles a pixel
inline constexpr double kFallOff = 0.25;  ///< standard deviation of the roll-off, in bandwidths

/// 1 up to `bandwidth` times the Nyquist frequency, then a Gaussian fall-off.
///   frequency  cycles a pixel
inline double passed(double frequency, double bandwidth) {
  const double beyond = std::max(frequency / (bandwidth * kNyquist) - 1, 0.0) / kFallOff;
  return std::exp(-0.5 * beyond * beyond);
}

/// Beyond this frequency less than 2e-8 passes.
inline double last_passed(double bandwidth) { return bandwidth * kNyquist * (1 + 6 * kFallOff); }

}  // namespace clipguide::imaging
