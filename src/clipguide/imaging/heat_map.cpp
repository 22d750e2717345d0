#include "clipguide/imaging/heat_map.h"

#include <algorithm>
#include <array>
#include <vector>

#include "clipguide/base/error.h"

namespace clipguide::imaging {
namespace {

using Colour = std::array<float, 3>;

constexpr std::array<Colour, 5> kSigned = {{{0.02f, 0.19f, 0.38f},
                                            {0.26f, 0.58f, 0.76f},
                                            {1, 1, 1},
                                            {0.84f, 0.38f, 0.30f},
                                            {0.40f, 0, 0.12f}}};
constexpr std::array<Colour, 5> kHeat = {{{0, 0, 0.02f},
                                          {0.32f, 0.07f, 0.48f},
                                          {0.72f, 0.21f, 0.47f},
                                          {0.98f, 0.53f, 0.38f},
                                          {0.99f, 0.99f, 0.75f}}};

/// Straight lines from colour to colour.   share  [H, W] in [0, 1]
at::Tensor paint(const at::Tensor& share, const std::array<Colour, 5>& colours) {
  const at::Tensor place = share * double(colours.size() - 1);
  at::Tensor picture = torch::zeros({3, share.size(0), share.size(1)});
  for (std::size_t i = 0; i < colours.size(); ++i) {
    const at::Tensor weight = (1 - (place - double(i)).abs()).clamp_min(0);
    for (std::int64_t c = 0; c < 3; ++c) picture[c] += weight * colours[i][std::size_t(c)];
  }
  return picture;
}

at::Tensor checked(const at::Tensor& values, double full) {
  if (values.dim() != 2)
    base::throw_error<base::ShapeError>("heat map: expected values [H, W], got {} dimensions",
                                        values.dim());
  if (!(full > 0))
    base::throw_error<base::UsageError>("heat map: expected a full scale above 0, got {}", full);
  return values.detach().to(torch::kCPU, torch::kFloat32) / full;
}

}  // namespace

at::Tensor signed_heat(const at::Tensor& values, double full) {
  return paint((checked(values, full) * 0.5 + 0.5).clamp(0, 1), kSigned);
}

at::Tensor heat(const at::Tensor& values, double full) {
  return paint(checked(values, full).clamp(0, 1), kHeat);
}

double full_scale(const at::Tensor& values) {
  const at::Tensor sizes =
      values.detach().to(torch::kCPU, torch::kFloat64).abs().flatten().contiguous();
  std::vector<double> sorted(sizes.data_ptr<double>(), sizes.data_ptr<double>() + sizes.numel());
  if (sorted.empty()) return 1;
  const auto at = sorted.begin() + std::ptrdiff_t((sorted.size() - 1) * 99 / 100);
  std::nth_element(sorted.begin(), at, sorted.end());
  const double full = *at > 0 ? *at : *std::max_element(sorted.begin(), sorted.end());
  return full > 0 ? full : 1;
}

}  // namespace clipguide::imaging
