#pragma once

#include "clipguide/clip/frozen/plan.h"

/// The input of a 3x3 convolution that takes every second pixel, as columns: rows of 27 numbers
/// (channel, then place row by row), 32 apart, one for each pixel of the halved picture.
///   n pictures, S side_px (even)
namespace clipguide::clip::frozen {

/// picture_srgb [n, 3, S, S] -> columns [n * S/2 * S/2, 27], pixels scaled, zeros outside.
void gather_columns(const float* picture_srgb, int pictures, int side_px, const PixelScale& scale,
                    float* columns);

/// The way back: d_columns -> d_picture.
void spread_columns(const float* d_columns, int pictures, int side_px, const PixelScale& scale,
                    float* d_picture);

}  // namespace clipguide::clip::frozen
