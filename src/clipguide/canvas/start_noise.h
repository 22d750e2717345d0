#pragma once

#include <span>

#include "clipguide/base/random.h"
#include "clipguide/base/torch.h"

namespace clipguide::canvas {

/// Deviation of the starting noise of pixels, in sRGB: half of them stay well inside [0, 1].
inline constexpr double kPixelNoise = 0.2;

/// The same of values before a sigmoid: about 0.06 in sRGB.
inline constexpr double kLogitNoise = 0.25;

/// Where fitted pixels are held, so that logit stays finite at black and white.
inline constexpr double kLogitEdge = 1e-3;

/// Adds `deviation` * N(0, 1) to a parameter [N, ...], picture n's from stream n alone.
void add_normal(at::Tensor parameter, std::span<const base::RandomStream> streams,
                double deviation);

}  // namespace clipguide::canvas
