#include "clipguide/imaging/spectrum.h"

#include "clipguide/base/parallel.h"
#include "clipguide/imaging/band.h"
#include "clipguide/imaging/band_blur_cpu.h"

namespace clipguide::imaging {

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
  const int height = int(pictures.size(2)), width = int(pictures.size(3));
  const bool native = pictures.device().is_cpu() && pictures.scalar_type() == at::kFloat &&
                      !(pictures.requires_grad() && at::GradMode::is_enabled()) &&
                      pictures.numel() > 0 && BandBlur::suits(height, width);
  if (!native) return blur_to_bandwidth_by_operators(pictures, bandwidth);
  const at::Tensor in = pictures.contiguous(), out = at::empty(in.sizes(), in.options());
  BandBlur(height, width, bandwidth)
      .apply(in.data_ptr<float>(), out.data_ptr<float>(), in.size(0) * in.size(1), base::threads());
  return out;
}

at::Tensor blur_to_bandwidth_by_operators(const at::Tensor& pictures, double bandwidth) {
  if (bandwidth >= 1) return pictures;
  const auto height = pictures.size(2), width = pictures.size(3);
  const at::Tensor mask =
      low_pass(radial_frequency(int(height), int(width)), bandwidth).to(pictures.device());
  return torch::fft::irfft2(torch::fft::rfft2(pictures) * mask, {{height, width}});
}

}  // namespace clipguide::imaging
