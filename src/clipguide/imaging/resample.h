#pragma once

#include <torch/torch.h>

/// Resampling.   N batch, C channels, H W pixels.
namespace clipguide::imaging {

/// Pillow's antialiased bicubic resize of an 8-bit picture, to the level: horizontal, then
/// vertical, rounded to 8 bits in between. (Pillow 13 differs where a picture gets wider but lower:
/// it begins with the vertical pass there. No resize that keeps the shape is such a case.)
///   picture  [C, H, W] u8        returns  [C, height, width] u8
///   throws   ShapeError
at::Tensor resize_bicubic_u8(const at::Tensor& picture, int height, int width);

/// The same kernel in floating point, differentiable, neither rounded nor clamped: the cubic
/// overshoots at edges.
///   picture  [N, C, H, W] f32    returns  [N, C, height, width] f32 (or f64, as given)
///   throws   ShapeError
at::Tensor resize_bicubic(const at::Tensor& picture, int height, int width);

}  // namespace clipguide::imaging
