#pragma once

#include <span>

#include "clipguide/base/torch.h"
#include "clipguide/view/disturbance.h"
#include "clipguide/view/geometry.h"

namespace clipguide::view {

/// look_at by the passes of look_pixels.h: on a CUDA device a kernel each, without waiting for the
/// device; on the CPU a loop, which the kernels are tested by.
///   picture  [N, 3, H, W] f32
///   returns  as look_at; the gradient's bits depend neither on the run nor on the device's load
///   throws   as sample_views; UsageError for a device that this build has no kernels for
at::Tensor look_by_pixels(const at::Tensor& picture, std::span<const Warp> warps, int side_px,
                          const Disturbance& what);

/// Whether this build has kernels for a picture's device and type.
bool has_pixel_kernels(const at::Tensor& picture);

}  // namespace clipguide::view
