#include "clipguide/canvas/wavelet_canvas.h"

#include <algorithm>
#include <cmath>

#include "clipguide/canvas/start_noise.h"
#include "clipguide/imaging/colour.h"

namespace clipguide::canvas {
namespace {

// Standard deviation, in octaves, with which levels beyond the bandwidth fade.
constexpr double kFadeOctaves = 0.5;

}  // namespace

WaveletCanvas::WaveletCanvas(const CanvasOptions& options)
    : wavelet_(imaging::find_wavelet(options.wavelet)),
      height_px_(options.height_px),
      width_px_(options.width_px) {
  const std::vector<imaging::WaveletLevel> levels = imaging::wavelet_levels(height_px_, width_px_);
  const auto zeros = [&](std::vector<std::int64_t> shape) {
    return torch::zeros(shape, torch::device(options.device)).requires_grad_();
  };
  const std::int64_t coarse_height = levels.front().band_height();
  const std::int64_t coarse_width = levels.front().band_width();
  parameters_.push_back(
      {"approximation", zeros({options.pictures, 3, coarse_height, coarse_width})});
  for (std::size_t i = 0; i < levels.size(); ++i)
    parameters_.push_back(
        {"detail_" + std::to_string(levels.size() - i),
         zeros({options.pictures, 3, 3, levels[i].band_height(), levels[i].band_width()})});

  // Falling with frequency. The blurred copy counts as coarsest detail, or the mean colour would
  // outrun everything else.
  const double coarsest = double(coarse_height * coarse_width);
  double energy = 0;
  for (const NamedParameter& parameter : parameters_) {
    const double coefficients = double(parameter.tensor.numel() / (3 * options.pictures));
    const bool detail = parameter.tensor.dim() == 5;
    const double places = detail ? coefficients / 3 : coefficients;
    scales_.push_back(std::pow(coarsest / places, options.decay / 2));
    energy += coefficients * scales_.back() * scales_.back();
  }
  // Unit deviation: the transform keeps the energy, which spreads over the pixels.
  const double deviation = std::sqrt(energy / (double(height_px_) * width_px_));
  for (double& scale : scales_) scale /= deviation;
}

Rendering WaveletCanvas::render() const {
  imaging::WaveletBands bands{parameters_[0].tensor * scales_[0], {}};
  for (std::size_t i = 1; i < parameters_.size(); ++i)
    bands.details.push_back(parameters_[i].tensor * scales_[i]);
  const at::Tensor decorrelated =
      imaging::synthesise_wavelet(bands, wavelet_, height_px_, width_px_);
  const at::Tensor colours = imaging::correlate_colours(decorrelated);
  return {colours.sigmoid(), colours / 4 + 0.5};  // the sigmoid's slope at grey is 1/4
}

void WaveletCanvas::fit(const at::Tensor& picture) {
  const torch::NoGradGuard no_grad;
  const at::Tensor colours = picture.clamp(kLogitEdge, 1 - kLogitEdge).logit();
  const imaging::WaveletBands bands =
      imaging::analyse_wavelet(imaging::decorrelate_colours(colours), wavelet_);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor parameter = parameters_[i].tensor;
    const at::Tensor& band = i == 0 ? bands.approximation : bands.details[i - 1];
    parameter.copy_((band / scales_[i]).expand_as(parameter));
  }
}

void WaveletCanvas::add_noise(std::span<const base::RandomStream> streams, double amount) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    // Counted from the coarsest level, and each with numbers of its own.
    std::vector<base::RandomStream> of_level;
    for (const base::RandomStream& stream : streams) of_level.push_back(stream.at(i));
    add_normal(parameters_[i].tensor, of_level, amount * kLogitNoise);
  }
}

at::Tensor WaveletCanvas::limit_update(std::size_t parameter, const at::Tensor& update,
                                       double bandwidth) const {
  if (bandwidth >= 1 || parameter == 0) return update;
  // The finest level reaches to the highest frequency, each coarser one half as far.
  const double octaves_below = double(parameters_.size() - 1 - parameter);
  const double beyond = -octaves_below - std::log2(bandwidth);
  if (beyond <= 0) return update;
  return update * std::exp(-0.5 * std::pow(beyond / kFadeOctaves, 2));
}

}  // namespace clipguide::canvas
