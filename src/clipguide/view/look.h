#pragma once

#include "clipguide/base/torch.h"
#include "clipguide/view/disturbance.h"
#include "clipguide/view/geometry.h"

namespace clipguide::view {

/// Renders views of pictures and disturbs them: sample_views, then disturb, in one pass.
///   picture  [N, 3, H, W] floating point
///   warps    N * V of them, as many as what.views
///   returns  [N, V, 3, S, S] of the picture's dtype and device; differentiable any number of times
///   throws   as sample_views
///   cost     on the CPU, in f32 and f64, and on CUDA in f32 fused kernels each way that keep a byte
///            a view pixel for the gradient; elsewhere libtorch's operators
/// A view depends on its own warp, disturbance and picture alone, up to the bit, and on the CPU no
/// result depends on the number of threads.
at::Tensor look_at(const at::Tensor& picture, std::span<const Warp> warps, int side_px,
                   const Disturbance& what);

}  // namespace clipguide::view
