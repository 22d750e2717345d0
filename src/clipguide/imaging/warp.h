#pragma once

#include "clipguide/base/torch.h"
#include "clipguide/imaging/resample.h"

/// A picture as a camera sees it that has moved.   N batch, C channels, H W pixels.
namespace clipguide::imaging {

/// How the camera moved. All together: it pans, then turns and comes nearer about its new centre.
struct Motion {
  double zoom = 1;        ///< factor, above 1: nearer
  double pan_x = 0;       ///< to the right, in widths: what is seen goes to the left
  double pan_y = 0;       ///< down, in heights
  double rotate_deg = 0;  ///< what is seen turns clockwise about the middle

  bool operator==(const Motion&) const = default;
};

/// What lies beyond the edge: the picture's mirror image, or the picture over again.
enum class Border { reflect, wrap };

/// Differentiable in the picture; nothing is averaged, so a zoom far below 1 aliases. The cubic may
/// overshoot [0, 1] at edges. No motion is the identity, to the bit.
///   picture  [N, C, H, W] f32 or f64     returns  the same shape
///   throws   ShapeError; UsageError for a zoom that is not above 0 or a number that is not finite
///   cost     16 gathers of the picture (bilinear: 4)
at::Tensor warp(const at::Tensor& picture, const Motion& motion, Border border, Kernel kernel);

}  // namespace clipguide::imaging
