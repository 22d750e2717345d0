#pragma once

#include <vector>

#include "clipguide/base/torch.h"

/// Sums of planes of many sizes, as a pyramid canvas renders them.   N batch, C channels.
namespace clipguide::imaging {

/// Brings each plane to height x width by libtorch's bicubic interpolation (upsample_bicubic2d,
/// align_corners off) and adds them up. Linear, so it differentiates any number of times.
///   planes   one or more [N, C, h, w], floating point, of one dtype and device
///   returns  [N, C, height, width]
///   throws   ShapeError
///   cost     on the CPU, in f32 and f64, one pass: four products a plane and pixel, each way.
///            Elsewhere an upsampling a plane, as sum_upsampled_by_operators
at::Tensor sum_upsampled(const std::vector<at::Tensor>& planes, int height, int width);

/// The same by libtorch's own operators: the oracle.
at::Tensor sum_upsampled_by_operators(const std::vector<at::Tensor>& planes, int height, int width);

}  // namespace clipguide::imaging
