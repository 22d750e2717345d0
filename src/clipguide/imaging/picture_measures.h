#pragma once

#include <vector>

#include "clipguide/base/torch.h"

/// What a picture tells without any model: figures that separate a picture from a texture.
/// Pictures are [3, H, W] or [1, 3, H, W] floating point, sRGB in [0, 1].
///   throws  ShapeError for another shape or a side below 16
namespace clipguide::imaging {

/// Power by frequency, averaged round each ring.
struct RadialPower {
  std::vector<double> frequency;  ///< middle of the ring, cycles a pixel, rising
  std::vector<double> power;      ///< mean of the ring's bins; 0 in a flat picture
};

/// Power of the luma under a Hann window, in `rings` of equal width in octaves from 2 cycles a side
/// to the frequency `high`; rings without a bin are left out.
///   cost  one FFT of the picture
RadialPower radial_power(const at::Tensor& picture, int rings, double high = 0.5);

/// How power falls with frequency: the slope of log power over log frequency of the luma, under a
/// Hann window, between 2 cycles a side and half the Nyquist frequency. Photographs have about -2;
/// noise 0, and what pure ascent draws lies between. Flat pictures have 0.
double spectral_slope(const at::Tensor& picture);

/// How much the picture repeats itself, in [0, 1]: the highest normalised autocorrelation of its
/// detail over shifts of a sixth of a side or more, at 64 x 64. One subject on a calm ground stays
/// below about 0.3; a tiled picture reaches 1. Flat pictures have 0.
///   cost  two FFTs of 128 x 128
double repetition(const at::Tensor& picture);

}  // namespace clipguide::imaging
