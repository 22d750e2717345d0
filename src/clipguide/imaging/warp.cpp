#include "clipguide/imaging/warp.h"

#include <fmt/ranges.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "clipguide/base/error.h"

namespace clipguide::imaging {
namespace {

void check(const at::Tensor& picture, const Motion& motion) {
  if (picture.dim() != 4 || picture.numel() == 0 || !picture.is_floating_point())
    base::throw_error<base::ShapeError>("warp: expected [N, C, H, W], got [{}]",
                                        fmt::join(picture.sizes().vec(), ", "));
  for (const double number : {motion.pan_x, motion.pan_y, motion.rotate_deg})
    if (!std::isfinite(number))
      base::throw_error<base::UsageError>("warp: expected a finite motion, got {}", number);
  if (!(motion.zoom > 0) || !std::isfinite(motion.zoom))
    base::throw_error<base::UsageError>("warp: expected a zoom above 0, got {}", motion.zoom);
}

// Where each pixel of the new picture comes from, [H, W] f64: columns and rows of the old one.
std::pair<at::Tensor, at::Tensor> sources(std::int64_t height, std::int64_t width,
                                          const Motion& motion) {
  const double angle_rad = motion.rotate_deg * std::numbers::pi / 180;
  const double cosine = std::cos(angle_rad) / motion.zoom, sine = std::sin(angle_rad) / motion.zoom;
  const double centre_x = double(width - 1) / 2, centre_y = double(height - 1) / 2;
  const at::Tensor x = torch::arange(width, torch::kFloat64).sub(centre_x).unsqueeze(0);
  const at::Tensor y = torch::arange(height, torch::kFloat64).sub(centre_y).unsqueeze(1);
  return {cosine * x + sine * y + (centre_x + motion.pan_x * double(width)),
          cosine * y - sine * x + (centre_y + motion.pan_y * double(height))};
}

// Weights of the samples around a place, by its distance `f` in [0, 1) beyond the nearest lower
// one.
std::vector<at::Tensor> kernel_weights(const at::Tensor& f, Kernel kernel) {
  if (kernel == Kernel::bilinear) return {1 - f, f};
  // Keys' cubic with a = -0.5, as in resample.cpp, at distances 1+f, f, 1-f and 2-f.
  const at::Tensor g = 1 - f;
  const auto near = [](const at::Tensor& d) { return (1.5 * d - 2.5) * d * d + 1; };
  const auto far = [](const at::Tensor& d) { return ((5 - d) * d - 8) * d * 0.5 + 2; };
  return {far(1 + f), near(f), near(g), far(1 + g)};
}

// Places beyond the edge, brought back into [0, size).
at::Tensor inside(const at::Tensor& place, std::int64_t size, Border border) {
  if (border == Border::wrap) return place.remainder(size);
  const at::Tensor folded = place.remainder(2 * size);
  return torch::minimum(folded, 2 * size - 1 - folded);
}

}  // namespace

at::Tensor warp(const at::Tensor& picture, const Motion& motion, Border border, Kernel kernel) {
  check(picture, motion);
  if (motion == Motion{}) return picture.clone();
  const std::int64_t height = picture.size(2), width = picture.size(3);

  // 1. Find the place of each pixel in the old picture, and the samples around it.
  const auto [x, y] = sources(height, width, motion);
  const at::Tensor left = x.floor(), top = y.floor();
  const std::vector<at::Tensor> across = kernel_weights(x - left, kernel);
  const std::vector<at::Tensor> down = kernel_weights(y - top, kernel);
  const std::int64_t first = kernel == Kernel::bicubic ? -1 : 0;

  // 2. Add them up by their weights.
  const at::Tensor flat = picture.flatten(2);  // [N, C, H*W]
  at::Tensor sum;
  for (std::size_t j = 0; j < down.size(); ++j) {
    const at::Tensor row =
        inside(top.to(torch::kInt64) + (first + std::int64_t(j)), height, border);
    for (std::size_t i = 0; i < across.size(); ++i) {
      const at::Tensor column =
          inside(left.to(torch::kInt64) + (first + std::int64_t(i)), width, border);
      const at::Tensor place = (row * width + column).flatten().to(picture.device());
      const at::Tensor weight = (down[j] * across[i]).flatten().to(picture.options());
      const at::Tensor part = flat.index_select(2, place) * weight;
      sum = sum.defined() ? sum + part : part;
    }
  }
  return sum.view_as(picture);
}

}  // namespace clipguide::imaging
