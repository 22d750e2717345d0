#include "clipguide/imaging/spectrum.h"

namespace clipguide::imaging {
namespace {

constexpr double kNyquist = 0.5;   // cycles a pixel
constexpr double kFallOff = 0.25;  // standard deviation of the roll-off, in units of the bandwidth

}  // namespace

at::Tensor radial_frequency(int height, int width) {
  const at::Tensor fy = at::fft_fftfreq(height).unsqueeze(1);
  const at::Tensor fx = at::fft_rfftfreq(width).unsqueeze(0);
  return (fy * fy + fx * fx).sqrt();
}

at::Tensor low_pass(const at::Tensor& frequency, double bandwidth) {
  if (bandwidth >= 1) return torch::ones_like(frequency);
  const at::Tensor beyond = (frequency / (bandwidth * kNyquist) - 1).clamp_min(0) / kFallOff;
  return (-0.5 * beyond * beyond).exp();
}

at::Tensor blur_to_bandwidth(const at::Tensor& pictures, double bandwidth) {
  if (bandwidth >= 1) return pictures;
  const auto height = pictures.size(2), width = pictures.size(3);
  const at::Tensor mask =
      low_pass(radial_frequency(int(height), int(width)), bandwidth).to(pictures.device());
  return torch::fft::irfft2(torch::fft::rfft2(pictures) * mask, {{height, width}});
}

}  // namespace clipguide::imaging
