#pragma once

#include "clipguide/base/log.h"
#include "clipguide/clip/checkpoint.h"
#include "clipguide/clip/towers.h"

namespace clipguide::clip {

struct FillOptions {
  bool allow_non_finite = false;
  base::LogSink log;
  /// The file was read before and its numbers found finite; the image tower is not needed. Then its
  /// weights are compared, but not read, and the text tower's are used where they lie.
  bool known = false;
};

/// Puts the checkpoint's weights into towers of its model. Position embeddings of another grid are
/// resized to the towers'.
///   throws  FormatError listing every missing, unexpected and misshapen tensor before anything is
///           read; NumericError listing the tensors that hold NaN or Inf
void fill_towers(const Checkpoint& checkpoint, const FillOptions& options, Towers& towers);

/// Positions of a grid, the class token's first, brought to another grid: bicubic, antialiased.
///   positions  [1 + g*g, C] f32        returns  [1 + side*side, C] f32
///   Source: open_clip, resize_pos_embed
at::Tensor resize_positions(const at::Tensor& positions, int side);

}  // namespace clipguide::clip
