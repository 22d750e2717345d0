#pragma once

#include "clipguide/base/torch.h"

/// How like a picture is to itself elsewhere.   N batch, H W pixels, S shifts
namespace clipguide::imaging {

/// Normalised autocorrelation of the luma's detail at 64 x 64, over all shifts of a sixth of a side
/// to a half: at 1 the picture is there once more. Differentiable. Shifts where little of the
/// detail overlaps are damped, and a flat picture has 0 everywhere.
///   pictures  [N, 3, H, W] floating point, sRGB      returns  [N, S], in about [-1, 1]
///   throws    ShapeError
///   cost      six FFTs of 128 x 128 a picture
at::Tensor self_likeness(const at::Tensor& pictures);

}  // namespace clipguide::imaging
