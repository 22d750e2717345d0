#pragma once

#include "clipguide/base/torch.h"

/// Resampling.   N batch, C channels, H W pixels.
namespace clipguide::imaging {

/// Pillow's antialiased bicubic resize of an 8-bit picture, to the level: horizontal, then
/// vertical, rounded to 8 bits in between. (Pillow 13 differs where a picture gets wider but lower:
/// it begins with the vertical pass there. No resize that keeps the shape is such a case.)
///   picture  [C, H, W] u8        returns  [C, height, width] u8
///   throws   ShapeError
at::Tensor resize_bicubic_u8(const at::Tensor& picture, int height, int width);

enum class Kernel { bicubic, bilinear };

/// What is wanted of a resized picture along one side: `count` samples from `first` on.
struct Window {
  int first = 0;
  int count = 0;
};

/// The same with a choice of Pillow's kernels, computing only a window of the resized picture: what
/// resizing and then cutting gives, at the cost of the cut.
///   returns  [C, rows.count, columns.count] u8
at::Tensor resize_u8(const at::Tensor& picture, int height, int width, Kernel kernel, Window rows,
                     Window columns);

/// Bicubic in floating point, differentiable, neither rounded nor clamped: the cubic
/// overshoots at edges.
///   picture  [N, C, H, W] f32    returns  [N, C, height, width] f32 (or f64, as given)
///   throws   ShapeError
at::Tensor resize_bicubic(const at::Tensor& picture, int height, int width);

}  // namespace clipguide::imaging
