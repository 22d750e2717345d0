#pragma once

#include "clipguide/base/torch.h"

namespace clipguide::imaging {

/// A picture at a larger size, without the margin around it.
struct Enlargement {
  int margin_px = 0;  ///< on each side of what is enlarged, left out of the result
  int height_px = 0;  ///< of the result
  int width_px = 0;
  bool tile = false;  ///< the picture repeats beyond its edges; then without a margin
};

/// Where the centre of each result's pixel lies along a side of `length_px`, margins included:
/// [count] f64, 0.5 for the first pixel's centre.
at::Tensor centres(int length_px, int margin_px, int count);

/// Keys' cubic with a = -0.5, as resize_bicubic, which it equals but at the edges: what lies beyond
/// the part comes from the margin, or from the other side of a tile. At its own size a picture is
/// the same to the bit.
///   picture  [N, C, H, W] f32
///   returns  [N, C, height_px, width_px] in [0, 1]
///   throws   ShapeError
at::Tensor enlarge(const at::Tensor& picture, const Enlargement& to);

}  // namespace clipguide::imaging
