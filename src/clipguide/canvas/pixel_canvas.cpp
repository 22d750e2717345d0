#include "clipguide/canvas/pixel_canvas.h"

#include "clipguide/canvas/start_noise.h"
#include "clipguide/imaging/clamp.h"
#include "clipguide/imaging/spectrum.h"

namespace clipguide::canvas {

PixelCanvas::PixelCanvas(const CanvasOptions& options) {
  const at::Tensor grey = torch::full({options.pictures, 3, options.height_px, options.width_px},
                                      0.5, torch::device(options.device));
  parameters_.push_back({"pixels", grey.requires_grad_()});
}

Rendering PixelCanvas::render() const {
  const at::Tensor& pixels = parameters_[0].tensor;
  return {imaging::clamp_unit(pixels), pixels};
}

void PixelCanvas::fit(const at::Tensor& picture) {
  const torch::NoGradGuard no_grad;
  parameters_[0].tensor.copy_(picture.expand_as(parameters_[0].tensor));
}

void PixelCanvas::add_noise(std::span<const base::RandomStream> streams, double amount) {
  add_normal(parameters_[0].tensor, streams, amount * kPixelNoise);
}

at::Tensor PixelCanvas::limit_update(std::size_t, const at::Tensor& update,
                                     double bandwidth) const {
  return imaging::blur_to_bandwidth(update, bandwidth);
}

}  // namespace clipguide::canvas
