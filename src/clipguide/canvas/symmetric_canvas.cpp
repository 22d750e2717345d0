#include "clipguide/canvas/symmetric_canvas.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "clipguide/base/error.h"

namespace clipguide::canvas {
namespace {

// Which pixel each one shows, [H W]: of all its images the first in reading order.
at::Tensor first_images(std::int64_t height, std::int64_t width, Symmetry symmetry) {
  at::Tensor first = torch::arange(height * width, torch::kInt64).view({height, width});
  const auto join = [&](const at::Tensor& image) { first = at::minimum(first, image); };
  const bool across = symmetry == Symmetry::left_right || symmetry == Symmetry::four;
  const bool down = symmetry == Symmetry::top_bottom || symmetry == Symmetry::four;
  if (across) join(first.flip({1}));
  if (down) join(first.flip({0}));
  if (symmetry == Symmetry::rotational) {
    join(first.flip({0, 1}));
    if (height == width) join(first.rot90(1, {0, 1}));
  }
  return first.flatten();
}

// gather, since its gradient is one pass; index_select's goes pixel by pixel.
at::Tensor show(const at::Tensor& picture, const at::Tensor& first) {
  return picture.flatten(2)
      .gather(2, first.expand({picture.size(0), picture.size(1), -1}))
      .view(picture.sizes());
}

}  // namespace

const std::vector<std::string>& symmetry_names() {
  static const std::vector<std::string> names = {"none", "left-right", "top-bottom", "four",
                                                 "rotational"};
  return names;
}

Symmetry parse_symmetry(const std::string& name) {
  const auto& names = symmetry_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    base::throw_error<base::UsageError>("symmetry: expected one of {}, got '{}'",
                                        fmt::join(names, ", "), name);
  return Symmetry(found - names.begin());
}

SymmetricCanvas::SymmetricCanvas(std::unique_ptr<Canvas> canvas, Symmetry symmetry)
    : canvas_(std::move(canvas)), symmetry_(symmetry) {
  const torch::NoGradGuard no_grad;
  const at::Tensor picture = canvas_->render().picture;
  first_ = first_images(picture.size(2), picture.size(3), symmetry).to(picture.device());
}

Rendering SymmetricCanvas::render() const {
  const Rendering rendering = canvas_->render();
  const auto shown = [&](const at::Tensor& part) {
    return part.defined() ? show(part, first_) : part;
  };
  return {shown(rendering.picture), shown(rendering.unbounded), shown(rendering.painted)};
}

at::Tensor SymmetricCanvas::render_larger(int factor) const {
  const torch::NoGradGuard no_grad;
  const at::Tensor picture = canvas_->render_larger(factor);
  return show(picture,
              first_images(picture.size(2), picture.size(3), symmetry_).to(picture.device()));
}

}  // namespace clipguide::canvas
