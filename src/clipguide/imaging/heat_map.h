#pragma once

#include "clipguide/base/torch.h"

/// Numbers as colours, for people to look at.   H W pixels.
namespace clipguide::imaging {

/// Signed values: red above 0, blue below, white at 0.
///   values  [H, W], any floating dtype; `full` (above 0) and beyond have the full colour
///   returns [3, H, W] f32, sRGB in [0, 1]
at::Tensor signed_heat(const at::Tensor& values, double full);

/// Sizes from 0: black, violet, orange, light yellow. Its luma rises evenly, so that it can be read
/// without colour.
at::Tensor heat(const at::Tensor& values, double full);

/// A size for the full colour that a few extreme pixels do not decide: that which 99 of 100 values
/// do not pass, in magnitude; 1 where all are 0.
double full_scale(const at::Tensor& values);

}  // namespace clipguide::imaging
