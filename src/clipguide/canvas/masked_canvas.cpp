#include "clipguide/canvas/masked_canvas.h"

namespace clipguide::canvas {

MaskedCanvas::MaskedCanvas(std::unique_ptr<Canvas> canvas, at::Tensor beneath, at::Tensor mask)
    : canvas_(std::move(canvas)),
      beneath_(beneath.detach().contiguous()),
      mask_(mask.detach().contiguous()) {}

// lerp gives the ends exactly: at 0 what lies beneath, to the bit.
Rendering MaskedCanvas::render() const {
  const Rendering rendering = canvas_->render();
  const at::Tensor mask = mask_.expand_as(rendering.picture);
  const at::Tensor beneath = beneath_.expand_as(rendering.picture);
  return {at::lerp(beneath, rendering.picture, mask), at::lerp(beneath, rendering.unbounded, mask),
          rendering.painted};
}

at::Tensor MaskedCanvas::render_enlarged(const imaging::Enlargement& to) const {
  const torch::NoGradGuard no_grad;
  const at::Tensor picture = canvas_->render_enlarged(to);
  // One number for all pixels has no size.
  const at::Tensor mask = mask_.numel() == 1 ? mask_ : imaging::enlarge(mask_, to);
  return at::lerp(imaging::enlarge(beneath_, to).expand_as(picture), picture,
                  mask.expand_as(picture));
}

}  // namespace clipguide::canvas
