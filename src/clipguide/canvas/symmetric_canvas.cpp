#include "clipguide/canvas/symmetric_canvas.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "clipguide/base/error.h"

namespace clipguide::canvas {
namespace {

// Which pixel each one shows, [H W]: of all its images the first in reading order.
at::Tensor first_images(std::int64_t height, std::int64_t width, Symmetry symmetry, bool square) {
  at::Tensor first = torch::arange(height * width, torch::kInt64).view({height, width});
  const auto join = [&](const at::Tensor& image) { first = at::minimum(first, image); };
  const bool across = symmetry == Symmetry::left_right || symmetry == Symmetry::four;
  const bool down = symmetry == Symmetry::top_bottom || symmetry == Symmetry::four;
  if (across) join(first.flip({1}));
  if (down) join(first.flip({0}));
  if (symmetry == Symmetry::rotational) {
    join(first.flip({0, 1}));
    if (square) join(first.rot90(1, {0, 1}));
  }
  return first.flatten();
}

at::Tensor images_of(const at::Tensor& picture, Symmetry symmetry) {
  const std::int64_t height = picture.size(2), width = picture.size(3);
  return first_images(height, width, symmetry, height == width).to(picture.device());
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

Area shown_part(Symmetry symmetry, bool square) {
  switch (symmetry) {
    case Symmetry::left_right:
      return {0, 0, 0.5, 1};
    case Symmetry::top_bottom:
      return {0, 0, 1, 0.5};
    case Symmetry::four:
      return {0, 0, 0.5, 0.5};
    case Symmetry::rotational:
      // Of a square the triangle between the upper edge and the middle: the largest square on its
      // base has a third of it.
      return square ? Area{1 / 3.0, 0, 1 / 3.0, 1 / 3.0} : Area{0, 0, 1, 0.5};
    case Symmetry::none:
      break;
  }
  return {};
}

Area shown_image(const Area& box, Symmetry symmetry, bool square) {
  const auto across = [](Area a) { return Area{1 - a.x - a.width, a.y, a.width, a.height}; };
  const auto down = [](Area a) { return Area{a.x, 1 - a.y - a.height, a.width, a.height}; };
  const auto quarter = [](Area a) { return Area{1 - a.y - a.height, a.x, a.height, a.width}; };
  std::vector<Area> images = {box};
  if (symmetry == Symmetry::left_right || symmetry == Symmetry::four) images.push_back(across(box));
  if (symmetry == Symmetry::top_bottom || symmetry == Symmetry::four) images.push_back(down(box));
  if (symmetry == Symmetry::four || symmetry == Symmetry::rotational)
    images.push_back(across(down(box)));
  if (symmetry == Symmetry::rotational && square)
    images.insert(images.end(), {quarter(box), across(down(quarter(box)))});
  Area most{0, 0, 0, 0};
  for (const Area& image : images) {
    const Area shown = common_part(image, shown_part(symmetry, square));
    if (!shown.is_empty() && shown.width * shown.height > most.width * most.height) most = shown;
  }
  return most;
}

at::Tensor symmetric(const at::Tensor& pictures, Symmetry symmetry, bool square) {
  if (symmetry == Symmetry::none) return pictures;
  return show(
      pictures,
      first_images(pictures.size(2), pictures.size(3), symmetry, square).to(pictures.device()));
}

SymmetricCanvas::SymmetricCanvas(std::unique_ptr<Canvas> canvas, Symmetry symmetry)
    : canvas_(std::move(canvas)), symmetry_(symmetry) {
  const torch::NoGradGuard no_grad;
  const at::Tensor picture = canvas_->render().picture;
  first_ = images_of(picture, symmetry);
}

Rendering SymmetricCanvas::render() const {
  const Rendering rendering = canvas_->render();
  const auto shown = [&](const at::Tensor& part) {
    return part.defined() ? show(part, first_) : part;
  };
  return {shown(rendering.picture), shown(rendering.unbounded), shown(rendering.painted)};
}

at::Tensor SymmetricCanvas::render_enlarged(const imaging::Enlargement& to) const {
  const torch::NoGradGuard no_grad;
  const at::Tensor picture = canvas_->render_enlarged(to);
  return show(picture, images_of(picture, symmetry_));
}

}  // namespace clipguide::canvas
