#include "clipguide/imaging/self_likeness.h"

#include <cmath>
#include <vector>

#include "clipguide/imaging/colour.h"

namespace clipguide::imaging {
namespace {

constexpr int kSide = 64;
constexpr int kReach = kSide / 16;  // detail is what differs from the mean of so many pixels around
constexpr double kFaint = 0.2;      // share of the detail below which an overlap says little

/// Places in a correlation of 128 x 128 of the shifts that count; of each pair of opposite ones,
/// one.
at::Tensor far_shifts() {
  std::vector<std::int64_t> places;
  for (int dy = -kSide / 2; dy <= kSide / 2; ++dy)
    for (int dx = 0; dx <= kSide / 2; ++dx)
      if (std::hypot(dx, dy) >= kSide / 6.0 && (dx > 0 || dy > 0))
        places.push_back(std::int64_t(((dy + 2 * kSide) % (2 * kSide)) * 2 * kSide + dx));
  return torch::tensor(places);
}

at::Tensor detail_of(const at::Tensor& pictures) {
  const at::Tensor light = torch::adaptive_avg_pool2d(luma(pictures), {kSide, kSide});
  // Without its broad shading: a large subject resembles itself a little further on.
  const at::Tensor padded = torch::reflection_pad2d(light, {kReach, kReach, kReach, kReach});
  const at::Tensor detail = light - torch::avg_pool2d(padded, 2 * kReach + 1, 1);
  return (detail - detail.mean({2, 3}, true)).squeeze(1);
}

}  // namespace

at::Tensor self_likeness(const at::Tensor& pictures) {
  const at::Tensor detail = detail_of(pictures);  // [N, 64, 64]
  const at::Tensor shifts = far_shifts().to(detail.device());
  // Correlation without wrap-around.
  const auto spectrum = [](const at::Tensor& x) {
    return torch::fft_rfft2(x, at::IntArrayRef{2 * kSide, 2 * kSide});
  };
  const auto correlate = [&](const at::Tensor& a, const at::Tensor& b) {
    return torch::fft_irfft2(spectrum(a) * spectrum(b).conj(),
                             at::IntArrayRef{2 * kSide, 2 * kSide})
        .flatten(1)
        .index_select(1, shifts);
  };
  const at::Tensor ones = torch::ones_like(detail), square = detail.square();
  // Each shift normalised by the two parts that overlap.
  const at::Tensor there = correlate(square, ones).clamp_min(0);
  const at::Tensor here = correlate(ones, square).clamp_min(0);
  const at::Tensor total = square.sum({1, 2}).unsqueeze(1);
  constexpr double kNothing = 1e-6;  // keeps a flat picture, and its gradient, finite
  const at::Tensor energy = (there * here + kNothing * kNothing).sqrt();
  return correlate(detail, detail) * (1 + kFaint) / (energy + kFaint * total + kNothing);
}

}  // namespace clipguide::imaging
