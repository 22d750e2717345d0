#include "clipguide/canvas/fourier_canvas.h"

#include <algorithm>
#include <cmath>

#include "clipguide/canvas/start_noise.h"
#include "clipguide/imaging/colour.h"
#include "clipguide/imaging/spectrum.h"

namespace clipguide::canvas {
namespace {

// Below four cycles a picture the scale is flat, or the mean colour would outrun everything else.
constexpr double kFlatCycles = 4;

}  // namespace

FourierCanvas::FourierCanvas(const CanvasOptions& options)
    : height_px_(options.height_px), width_px_(options.width_px) {
  frequency_ = imaging::radial_frequency(options.height_px, options.width_px).to(options.device);
  const double lowest = kFlatCycles / double(std::max(height_px_, width_px_));
  const at::Tensor falling = frequency_.clamp_min(lowest).pow(-options.decay);

  // Unit deviation: by Parseval the pixel variance is the mean squared scale over the full
  // spectrum. The half spectrum stands for nearly twice its bins, each with two independent parts.
  const double pixels = double(height_px_ * width_px_);
  const double energy = falling.square().sum().item<double>() * 4 / pixels;
  scale_ = falling / std::sqrt(energy);

  const at::Tensor spectrum = torch::zeros({options.pictures, 3, height_px_, width_px_ / 2 + 1, 2},
                                           torch::device(options.device));
  parameters_.push_back({"spectrum", spectrum.requires_grad_()});
}

Rendering FourierCanvas::render() const {
  const at::Tensor spectrum = at::view_as_complex(parameters_[0].tensor) * scale_;
  const at::Tensor decorrelated =
      torch::fft::irfft2(spectrum, {{height_px_, width_px_}}, {-2, -1}, "ortho");
  const at::Tensor colours = imaging::correlate_colours(decorrelated);
  return {colours.sigmoid(), colours / 4 + 0.5};  // the sigmoid's slope at grey is 1/4
}

void FourierCanvas::fit(const at::Tensor& picture) {
  const torch::NoGradGuard no_grad;
  const at::Tensor colours = picture.clamp(kLogitEdge, 1 - kLogitEdge).logit();
  const at::Tensor spectrum =
      torch::fft::rfft2(imaging::decorrelate_colours(colours), {}, {-2, -1}, "ortho") / scale_;
  parameters_[0].tensor.copy_(at::view_as_real(spectrum).expand_as(parameters_[0].tensor));
}

void FourierCanvas::add_noise(std::span<const base::RandomStream> streams, double amount) {
  add_normal(parameters_[0].tensor, streams, amount * kLogitNoise);
}

at::Tensor FourierCanvas::limit_update(std::size_t, const at::Tensor& update,
                                       double bandwidth) const {
  if (bandwidth >= 1) return update;
  return update * imaging::low_pass(frequency_, bandwidth).unsqueeze(-1);
}

}  // namespace clipguide::canvas
