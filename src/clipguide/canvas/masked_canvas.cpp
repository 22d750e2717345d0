#include "clipguide/canvas/masked_canvas.h"

#include "clipguide/imaging/resample.h"

namespace clipguide::canvas {
namespace {

at::Tensor enlarged(const at::Tensor& plane, int factor) {
  const int height = int(plane.size(2)), width = int(plane.size(3));
  if (factor == 1 || (height == 1 && width == 1)) return plane;
  return imaging::resize_bicubic(plane, height * factor, width * factor).clamp(0, 1);
}

}  // namespace

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

at::Tensor MaskedCanvas::render_larger(int factor) const {
  const torch::NoGradGuard no_grad;
  const at::Tensor picture = canvas_->render_larger(factor);
  return at::lerp(enlarged(beneath_, factor).expand_as(picture), picture,
                  enlarged(mask_, factor).expand_as(picture));
}

}  // namespace clipguide::canvas
