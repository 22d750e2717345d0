#pragma once

#include <torch/torch.h>

/// Resampling.   N batch, C channels, H W pixels.
namespace clipguide::imaging {

/// Pillow's antialiased bicubic resize of an 8-bit picture, to the level: horizontal, then
/// vertical, rounded to 8 bits in between.
///   picture  [C, H, W] u8        returns  [C, height, width] u8
at::Tensor resize_bicubic_u8(const at::Tensor& picture, int height, int width);

/// The same kernel in floating point, differentiable, not rounded.
///   picture  [N, C, H, W] f32    returns  [N, C, height, width] f32
at::Tensor resize_bicubic(const at::Tensor& picture, int height, int width);

}  // namespace clipguide::imaging
