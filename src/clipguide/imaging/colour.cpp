#include "clipguide/imaging/colour.h"

#include <fmt/ranges.h>

#include <vector>

#include "clipguide/base/error.h"

namespace clipguide::imaging {
namespace {

void check_picture(const at::Tensor& rgb) {
  if (rgb.dim() != 4 || rgb.size(1) != 3 || !rgb.is_floating_point())
    base::throw_error<base::ShapeError>(
        "colour: expected a floating-point picture [N, 3, H, W], got {} [{}]",
        c10::toString(rgb.scalar_type()), fmt::join(rgb.sizes().vec(), ", "));
}

// [N] -> [N, 1, 1, 1] beside the picture.
at::Tensor spread(const at::Tensor& factors, const at::Tensor& rgb) {
  check_picture(rgb);
  if (factors.dim() != 1 || factors.size(0) != rgb.size(0))
    base::throw_error<base::ShapeError>("colour: expected {} factors, one a picture, got [{}]",
                                        rgb.size(0), fmt::join(factors.sizes().vec(), ", "));
  return factors.to(rgb.options()).view({-1, 1, 1, 1});
}

at::Tensor blend(const at::Tensor& rgb, const at::Tensor& other, const at::Tensor& factor) {
  return (factor * rgb + (1 - factor) * other).clamp(0, 1);
}

at::Tensor mix_channels(const at::Tensor& x, const at::Tensor& matrix) {
  check_picture(x);
  return at::matmul(matrix.to(x.options()), x.flatten(2)).view(x.sizes());
}

}  // namespace

// The unused branch of each `where` is clamped into the curve's domain: an infinite slope there
// would turn the gradient into NaN.
at::Tensor srgb_to_linear(const at::Tensor& srgb) {
  const at::Tensor curve = ((srgb.clamp_min(0.04045) + 0.055) / 1.055).pow(2.4);
  return at::where(srgb <= 0.04045, srgb / 12.92, curve);
}

at::Tensor linear_to_srgb(const at::Tensor& linear) {
  const at::Tensor curve = 1.055 * linear.clamp_min(0.0031308).pow(1 / 2.4) - 0.055;
  return at::where(linear <= 0.0031308, linear * 12.92, curve);
}

at::Tensor luma(const at::Tensor& rgb) {
  check_picture(rgb);
  return 0.299 * rgb.narrow(1, 0, 1) + 0.587 * rgb.narrow(1, 1, 1) + 0.114 * rgb.narrow(1, 2, 1);
}

at::Tensor colour_correlation_matrix(double vividness) {
  const std::vector<double> root = {0.26, 0.09, 0.02, 0.27, 0, -0.05, 0.27, -0.09, 0.03};
  at::Tensor matrix = torch::tensor(root, torch::kFloat64).view({3, 3});
  matrix.select(1, 0).div_(vividness);
  return matrix / matrix.square().sum(0).sqrt().max();
}

at::Tensor correlate_colours(const at::Tensor& decorrelated, double vividness) {
  return mix_channels(decorrelated, colour_correlation_matrix(vividness));
}

at::Tensor decorrelate_colours(const at::Tensor& rgb, double vividness) {
  return mix_channels(rgb, at::inverse(colour_correlation_matrix(vividness)));
}

at::Tensor adjust_brightness(const at::Tensor& rgb, const at::Tensor& factors) {
  return (rgb * spread(factors, rgb)).clamp(0, 1);
}

at::Tensor adjust_contrast(const at::Tensor& rgb, const at::Tensor& factors) {
  const at::Tensor factor = spread(factors, rgb);
  return blend(rgb, luma(rgb).mean({1, 2, 3}, true), factor);
}

at::Tensor adjust_saturation(const at::Tensor& rgb, const at::Tensor& factors) {
  const at::Tensor factor = spread(factors, rgb);
  return blend(rgb, luma(rgb), factor);
}

at::Tensor adjust_hue(const at::Tensor& rgb, const at::Tensor& turns) {
  const at::Tensor turn = spread(turns, rgb).squeeze(1) * 6;  // in sextants, [N, 1, 1]
  const at::Tensor r = rgb.select(1, 0), g = rgb.select(1, 1), b = rgb.select(1, 2);
  const at::Tensor value = rgb.amax(1), chroma = value - rgb.amin(1);

  // Hue in sextants from red. Where there is no chroma the hue is free; 1 keeps the division tame.
  const at::Tensor divisor = at::where(chroma > 1e-6, chroma, at::ones_like(chroma));
  const at::Tensor red = (g - b) / divisor, green = 2 + (b - r) / divisor,
                   blue = 4 + (r - g) / divisor;
  const at::Tensor hue = at::where(value == r, red, at::where(value == g, green, blue)) + turn;

  // Each channel falls from `value` by the chroma over its part of the circle.
  std::vector<at::Tensor> channels;
  for (const double start : {5, 3, 1}) {
    const at::Tensor k = at::remainder(hue + start, 6);
    channels.push_back(value - chroma * at::minimum(k, 4 - k).clamp(0, 1));
  }
  return at::stack(channels, 1).clamp(0, 1);
}

}  // namespace clipguide::imaging
