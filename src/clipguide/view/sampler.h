#pragma once

#include <span>

#include "clipguide/base/torch.h"
#include "clipguide/view/geometry.h"

/// One differentiable sampler renders all views of a step in one pass.
///   N pictures, H W canvas pixels, V views a picture, S view side.
namespace clipguide::view {

/// Antialiased views of pictures; what a pixel sees is defined in view/footprint.h.
///   picture  [N, 3, H, W] floating point
///   warps    N * V of them, picture by picture
///   returns  [N, V, 3, S, S] of the picture's dtype and device; linear in the picture, so it
///            differentiates any number of times; a view depends on its own warp and picture alone
///            up to the bit, and on the CPU no result depends on the number of threads
///   throws   ShapeError; UsageError when a warp's horizon crosses its view or a view lies farther
///            off than kFarthestPx
///   cost     on the CPU a pass over the picture and about 12 taps a view pixel, each way
at::Tensor sample_views(const at::Tensor& picture, std::span<const Warp> warps, int side_px);

/// The same by torch's own operators: serves what no kernel does, and is the test's oracle.
/// Slower, and keeps about 12 index tensors a view pixel for the gradient.
at::Tensor sample_views_by_operators(const at::Tensor& picture, std::span<const Warp> warps,
                                     int side_px);

inline constexpr double kFarthestPx = 1e8;

}  // namespace clipguide::view
