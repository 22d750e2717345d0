#include "clipguide/imaging/picture_measures.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/imaging/colour.h"
#include "clipguide/imaging/spectrum.h"

namespace clipguide::imaging {
namespace {

constexpr int kSmallestSide = 16;
constexpr double kFlat = 1e-8;  // variance below which there is nothing to measure

at::Tensor luma_of(const at::Tensor& picture) {
  const at::Tensor one = picture.dim() == 3 ? picture.unsqueeze(0) : picture;
  if (one.dim() != 4 || one.size(0) != 1 || one.size(1) != 3 ||
      std::min(one.size(2), one.size(3)) < kSmallestSide) {
    base::throw_error<base::ShapeError>(
        "picture: expected [3, H, W] with sides from {} px, got [{}]", kSmallestSide,
        fmt::join(picture.sizes(), ", "));
  }
  return luma(one.to(torch::kCPU, torch::kFloat64))[0][0];
}

}  // namespace

RadialPower radial_power(const at::Tensor& picture, int rings, double high) {
  at::Tensor light = luma_of(picture);
  light = light - light.mean();
  if (light.square().mean().item<double>() < kFlat) light.zero_();
  const std::int64_t height = light.size(0), width = light.size(1);
  const auto hann = [](std::int64_t count) {
    return torch::hann_window(count, torch::TensorOptions().dtype(torch::kFloat64));
  };
  const at::Tensor window = hann(height).unsqueeze(1) * hann(width);
  const at::Tensor power = torch::fft_rfft2(light * window).abs().square().contiguous();
  const at::Tensor frequency =
      radial_frequency(int(height), int(width)).to(torch::kFloat64).contiguous();

  const double low = 2.0 / double(std::min(height, width)), octaves = std::log(high / low);
  std::vector<double> sums(std::size_t(rings), 0), counts(std::size_t(rings), 0);
  const double* p = power.data_ptr<double>();
  const double* f = frequency.data_ptr<double>();
  for (std::int64_t i = 0; i < power.numel(); ++i) {
    if (f[i] < low || f[i] >= high) continue;
    const int ring = std::min(rings - 1, int(rings * std::log(f[i] / low) / octaves));
    sums[std::size_t(ring)] += p[i];
    counts[std::size_t(ring)] += 1;
  }
  RadialPower result;
  for (int ring = 0; ring < rings; ++ring) {
    if (counts[std::size_t(ring)] == 0) continue;
    result.frequency.push_back(low * std::exp((ring + 0.5) / rings * octaves));
    result.power.push_back(sums[std::size_t(ring)] / counts[std::size_t(ring)]);
  }
  return result;
}

double spectral_slope(const at::Tensor& picture) {
  const at::Tensor light = luma_of(picture);
  if ((light - light.mean()).square().mean().item<double>() < kFlat) return 0;
  // Rings of equal width in octaves: the many fine bins do not outvote the few coarse ones.
  const RadialPower rings = radial_power(picture, 12, 0.25);
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t i = 0; i < rings.power.size(); ++i) {
    const double x = std::log(rings.frequency[i]), y = std::log(rings.power[i] + 1e-12);
    n += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
  }
  const double spread = n * sxx - sx * sx;
  return spread > 0 ? (n * sxy - sx * sy) / spread : 0;
}

double repetition(const at::Tensor& picture) {
  constexpr int kSide = 64;
  at::Tensor light = luma_of(picture).unsqueeze(0).unsqueeze(0);
  light = torch::adaptive_avg_pool2d(light, {kSide, kSide});
  // Without its broad shading: a large subject resembles itself a little further on.
  constexpr int kReach = kSide / 16;
  const at::Tensor padded = torch::reflection_pad2d(light, {kReach, kReach, kReach, kReach});
  light = (light - torch::avg_pool2d(padded, 2 * kReach + 1, 1))[0][0];
  light = light - light.mean();
  if (light.square().mean().item<double>() < kFlat) return 0;

  // Autocorrelation without wrap-around, each shift normalised by the two parts that overlap.
  const auto spectrum = [](const at::Tensor& x) {
    return torch::fft_rfft2(x, at::IntArrayRef{2 * kSide, 2 * kSide});
  };
  const auto correlate = [&](const at::Tensor& a, const at::Tensor& b) {
    return torch::fft_irfft2(spectrum(a) * spectrum(b).conj(),
                             at::IntArrayRef{2 * kSide, 2 * kSide})
        .contiguous();
  };
  const at::Tensor ones = torch::ones_like(light);
  const at::Tensor product = correlate(light, light);
  const at::Tensor there = correlate(light.square(), ones), here = correlate(ones, light.square());
  const double* xy = product.data_ptr<double>();
  const double* xx = there.data_ptr<double>();
  const double* yy = here.data_ptr<double>();
  const double total = light.square().sum().item<double>();
  double most = 0;
  for (int dy = -kSide / 2; dy <= kSide / 2; ++dy) {
    for (int dx = 0; dx <= kSide / 2; ++dx) {
      if (std::hypot(dx, dy) < kSide / 6.0) continue;
      const int at = ((dy + 2 * kSide) % (2 * kSide)) * 2 * kSide + dx;
      // Where hardly any of the detail overlaps, a small likeness says nothing.
      const double energy = std::sqrt(std::max(0.0, xx[at]) * std::max(0.0, yy[at]));
      if (energy < 0.2 * total) continue;
      most = std::max(most, xy[at] / energy);
    }
  }
  return std::clamp(most, 0.0, 1.0);
}

}  // namespace clipguide::imaging
