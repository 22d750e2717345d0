#pragma once

#include "clipguide/clip/frozen/plan.h"

/// A picture cut into square patches, each a row: channel, then pixel row by row.
///   S side_px, P patch_px, G = S / P rounded down; pixels beyond G * P are not looked at
namespace clipguide::clip::frozen {

struct PatchShape {
  int side_px = 0, patch_px = 0;
  int grid() const { return side_px / patch_px; }
  int count() const { return grid() * grid(); }
  int length() const { return 3 * patch_px * patch_px; }
};

/// picture_srgb [3, S, S] -> rows [G * G, row_stride(3 P^2)] of elements, pixels scaled.
///   row  room for one row, in f32
void gather_patches(const Kernels& kernels, const PatchShape& shape, const PixelScale& scale,
                    const float* picture_srgb, float* row, std::byte* rows);

/// The way back: d_rows [G * G, row_stride(3 P^2)] f32 -> d_picture [3, S, S].
void spread_patches(const PatchShape& shape, const PixelScale& scale, const float* d_rows,
                    float* d_picture);

}  // namespace clipguide::clip::frozen
