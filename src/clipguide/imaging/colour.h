#pragma once

#include "clipguide/base/torch.h"

/// Colour: spaces and adjustments, all differentiable.   N batch, H W pixels.
/// Pictures are [N, 3, H, W] floating point, sRGB in [0, 1] unless a name says otherwise; every
/// function keeps dtype and device.
///   throws  ShapeError for another shape, or factors that are not [N]
namespace clipguide::imaging {

/// Transfer curve of IEC 61966-2-1, both ways. Below 0 it goes on linearly.
at::Tensor srgb_to_linear(const at::Tensor& srgb);
at::Tensor linear_to_srgb(const at::Tensor& linear);

/// Luma with the weights of Rec. 601 (0.299, 0.587, 0.114), [N, 1, H, W].
at::Tensor luma(const at::Tensor& rgb);

/// The square root of the colour covariance of natural pictures: rgb = matrix * x turns x with
/// independent channels into colours as correlated as photographs are. Column 0 is light to dark.
///   vividness  divides column 0: 1 as lucid, 1.8 (aphantasia) for livelier colours
///   returns    [3, 3] f64, the largest column norm 1.     Source: lucid, optvis/param/color
at::Tensor colour_correlation_matrix(double vividness = 1.8);

/// Applies that matrix, or its inverse, to the three channels of each pixel; any range.
at::Tensor correlate_colours(const at::Tensor& decorrelated, double vividness = 1.8);
at::Tensor decorrelate_colours(const at::Tensor& rgb, double vividness = 1.8);

// Adjustments with a factor a picture, [N] (a tensor on any device, of any floating dtype; it may
// require a gradient). Definitions are torchvision's adjust_*; results are clamped to [0, 1].
// The neutral factor, 1 (hue: 0), gives the picture back.

/// factor * rgb
at::Tensor adjust_brightness(const at::Tensor& rgb, const at::Tensor& factors);

/// Blend with the picture's mean luma: 0 is that grey, above 1 more contrast.
at::Tensor adjust_contrast(const at::Tensor& rgb, const at::Tensor& factors);

/// Blend with each pixel's luma: 0 is greyscale.
at::Tensor adjust_saturation(const at::Tensor& rgb, const at::Tensor& factors);

/// Turns the hue in the HSV hexcone; value and chroma stay.
///   turns  [N], 1 is the whole circle; any value, torchvision allows -0.5 to 0.5
/// The map is piecewise linear in rgb, so its gradient is finite everywhere, greys included.
at::Tensor adjust_hue(const at::Tensor& rgb, const at::Tensor& turns);

}  // namespace clipguide::imaging
