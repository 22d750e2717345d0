#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "clipguide/base/torch.h"

/// Between the bytes of picture files and tensors.
namespace clipguide::imaging {

/// Interleaved RGB bytes, rows top to bottom, as [1, 3, H, W] f32 in [0, 1].
///   throws  ShapeError when there are not height * width * 3 of them
at::Tensor from_rgb_bytes(std::span<const std::uint8_t> rgb, int height, int width);

/// The way back: clamped to [0, 1], rounded to the nearest level. from_rgb_bytes comes back
/// exactly.
///   picture  [3, H, W] or [1, 3, H, W], any floating dtype, any device
///   throws   ShapeError, NumericError when a value is not a number
std::vector<std::uint8_t> to_rgb_bytes(const at::Tensor& picture);

}  // namespace clipguide::imaging
