#include "clipguide/canvas/collage_canvas.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "clipguide/base/error.h"
#include "clipguide/canvas/start_noise.h"
#include "clipguide/imaging/clamp.h"
#include "clipguide/imaging/margin.h"
#include "clipguide/imaging/resample.h"
#include "clipguide/imaging/spectrum.h"

namespace clipguide::canvas {
namespace {

enum Parameter : std::size_t { kBackdrop, kCode, kPlace, kTint, kOpacity };
constexpr int kTintLength = 6;

// How far a step goes by that moves a backdrop's pixels by 1, in the root mean square: an object
// keeps to what the generator knows, does not jump, and does not fade.
constexpr double kCodeUnit = 0.3, kPlaceUnit = 0.15, kTintUnit = 0.25, kOpacityUnit = 0.05;

FormGenerator open_generator(const CanvasOptions& options) {
  if (options.forms.empty())
    throw base::UsageError("canvas collage: expected a generator of forms, got none",
                           "name its file with --forms; the default model brings one");
  return FormGenerator(options.forms, options.device, options.kernels);
}

}  // namespace

at::Tensor place_values(const Placement& object) {
  return torch::tensor(
      {float(object.x), float(object.y), float(std::log(object.size)), float(object.turn)});
}

CollageCanvas::CollageCanvas(const CanvasOptions& options)
    : generator_(open_generator(options)),
      objects_(options.objects),
      height_px_(options.height_px),
      width_px_(options.width_px),
      margin_px_(options.margin_px),
      tile_(options.tile) {
  const auto on = torch::device(options.device);
  const auto add = [&](const char* name, const at::Tensor& values, double unit) {
    parameters_.push_back({name, values.clone().requires_grad_(), unit});
  };
  const std::int64_t pictures = options.pictures;
  add("backdrop", torch::full({pictures, 3, height_px_, width_px_}, 0.5, on), 0);
  add("code", generator_.codes().mean(0).expand({pictures, objects_, -1}), kCodeUnit);
  add("place", place_values({}).to(options.device).expand({pictures, objects_, -1}), kPlaceUnit);
  add("tint", torch::zeros({pictures, objects_, kTintLength}, on), kTintUnit);
  add("opacity", torch::zeros({pictures, objects_}, on), kOpacityUnit);
}

/// Which objects are there in any of the pictures; the first in any case, so that every parameter
/// has a gradient.
at::Tensor CollageCanvas::objects_there() const {
  const torch::NoGradGuard no_grad;
  at::Tensor there = parameters_[kOpacity].tensor.gt(0).any(0);
  there[0] = true;
  return there.nonzero().squeeze(1);
}

at::Tensor CollageCanvas::laid_over(const at::Tensor& backdrop, const at::Tensor& drawn,
                                    const at::Tensor& place, const at::Tensor& opacity,
                                    int margin_px, const at::Tensor& held) const {
  return tile_ ? lay_over_tile(backdrop, drawn, place, opacity, held)
               : lay_over(backdrop, drawn, place, opacity, margin_px, held);
}

/// Which part of the backdrop is held fast, [N, 1, H, W] in [0, 1]: all of it under and near
/// objects, where it would grow whatever else the model likes beside them, fading to none.
///   cover [N, K, 1, S, S]
at::Tensor CollageCanvas::held_ground(const at::Tensor& cover, const at::Tensor& place,
                                      const at::Tensor& opacity) const {
  constexpr int kStride = 8;      // so much smaller is fine enough
  constexpr double kReach = 0.1;  // of the shorter side
  const torch::NoGradGuard no_grad;
  const at::Tensor white = torch::ones_like(cover).expand({-1, -1, 3, -1, -1});
  const std::int64_t height = (height_px_ + kStride - 1) / kStride,
                     width = (width_px_ + kStride - 1) / kStride;
  const at::Tensor covered =
      laid_over(torch::zeros({cover.size(0), 3, height, width}, cover.options()),
                torch::cat({white, cover}, 2), place, opacity, margin_px_ / kStride)
          .narrow(1, 0, 1);
  const std::int64_t reach = std::max<std::int64_t>(
      1, std::int64_t(std::lround(kReach * double(std::min(height, width)))));
  const std::vector<std::int64_t> window(2, 2 * reach + 1), step(2, 1), pad(2, reach);
  // Both windows of what lies beyond an edge.
  const std::int64_t beyond = tile_ ? std::min({2 * reach, height, width}) : 0;
  const at::Tensor around =
      tile_ ? at::pad(covered, std::vector<std::int64_t>(4, beyond), "circular") : covered;
  const at::Tensor wide = at::max_pool2d(around, window, step, pad);
  const at::Tensor soft = imaging::without_margin(
      at::avg_pool2d(wide, window, step, pad, /*ceil_mode=*/false, /*count_include_pad=*/false),
      beyond);
  return at::upsample_bilinear2d(soft, {height_px_, width_px_}, /*align_corners=*/false);
}

CollageCanvas::Objects CollageCanvas::draw_objects() const {
  const at::Tensor which = objects_there();
  const auto chosen = [&](Parameter of) { return parameters_[of].tensor.index_select(1, which); };
  const at::Tensor code = chosen(kCode);
  const std::int64_t side = generator_.side_px();
  const at::Tensor drawn =
      generator_(code.flatten(0, 1)).view({code.size(0), code.size(1), -1, side, side});
  const at::Tensor tint = chosen(kTint).unsqueeze(-1).unsqueeze(-1);
  const at::Tensor colour =
      drawn.narrow(2, 0, 3) * tint.narrow(2, 0, 3).exp() + tint.narrow(2, 3, 3);
  return {torch::cat({colour, drawn.narrow(2, 3, 1)}, 2), chosen(kPlace),
          imaging::clamp_unit(chosen(kOpacity))};
}

Rendering CollageCanvas::render() const {
  const Objects objects = draw_objects();
  const at::Tensor& painted = parameters_[kBackdrop].tensor;
  const at::Tensor held =
      held_ground(objects.drawn.narrow(2, 3, 1), objects.place, objects.opacity);
  const at::Tensor picture =
      laid_over(painted, objects.drawn, objects.place, objects.opacity, margin_px_, held);
  const at::Tensor added = fitted_.defined() ? painted - fitted_ + 0.5 : painted;
  return {imaging::clamp_unit(picture), picture, imaging::clamp_unit(added)};
}

// The objects' texels are enlarged as much as the picture, and their outlines made as much steeper,
// so that an edge is as sharp as it was.
at::Tensor CollageCanvas::render_enlarged(const imaging::Enlargement& to) const {
  const torch::NoGradGuard no_grad;
  Objects objects = draw_objects();
  const double scale = double(to.height_px) / (height_px_ - 2 * to.margin_px);
  if (scale > 1) {
    const int side = int(std::lround(double(objects.drawn.size(-1)) * scale));
    at::Tensor finer = imaging::resize_bicubic(objects.drawn.flatten(0, 1), side, side)
                           .view({objects.drawn.size(0), objects.drawn.size(1), 4, side, side});
    at::Tensor cover = finer.narrow(2, 3, 1);
    cover.sub_(0.5).mul_(scale).add_(0.5).clamp_(0, 1);
    objects.drawn = finer;
  }
  const int margin_px = int(std::lround((margin_px_ - to.margin_px) * scale));
  return imaging::clamp_unit(laid_over(imaging::enlarge(parameters_[kBackdrop].tensor, to),
                                       objects.drawn, objects.place, objects.opacity, margin_px));
}

at::Tensor CollageCanvas::shares(int picture) const {
  const torch::NoGradGuard no_grad;
  const auto for_each = [&](const at::Tensor& rows) {  // [K, ..] -> [K, K, ..]
    return rows.unsqueeze(0).repeat_interleave(objects_, 0);
  };
  const auto row = [&](Parameter of) { return parameters_[of].tensor[picture]; };
  // In a picture for each object it is white and all else black: what is white is its share.
  const at::Tensor cover = for_each(generator_(row(kCode)).narrow(1, 3, 1));
  const at::Tensor white = torch::eye(objects_, cover.options())
                               .view({objects_, objects_, 1, 1, 1})
                               .expand({-1, -1, 3, cover.size(3), cover.size(4)});
  const at::Tensor black = torch::zeros({objects_, 3, height_px_, width_px_}, cover.options());
  return laid_over(black, torch::cat({white, cover}, 2), for_each(row(kPlace)),
                   for_each(imaging::clamp_unit(row(kOpacity))), margin_px_)
      .select(1, 0);
}

void CollageCanvas::paint(const at::Tensor& backdrop) {
  const torch::NoGradGuard no_grad;
  at::Tensor own = parameters_[kBackdrop].tensor;
  own.copy_(backdrop.expand_as(own));
}

void CollageCanvas::fit(const at::Tensor& picture) {
  paint(picture);
  fitted_ = picture.detach().to(parameters_[kBackdrop].tensor.device());
  const torch::NoGradGuard no_grad;
  at::Tensor opacity = parameters_[kOpacity].tensor;
  opacity.zero_();
}

void CollageCanvas::place(int picture, const std::vector<Placement>& objects) {
  const torch::NoGradGuard no_grad;
  const auto row = [&](Parameter which) { return parameters_[which].tensor[picture]; };
  row(kTint).zero_();
  row(kOpacity).zero_();
  for (int k = 0; k < std::min(objects_, int(objects.size())); ++k) {
    const Placement& object = objects[std::size_t(k)];
    row(kCode)[k].copy_(object.code);
    row(kPlace)[k].copy_(place_values(object));
    row(kOpacity)[k].fill_(object.opacity);
    if (object.tint.defined()) row(kTint)[k].copy_(object.tint);
    keep_within(picture, k, object.area);
  }
}

/// left, top, right, bottom; of the whole picture there are none.
void CollageCanvas::keep_within(int picture, int object, const Area& area) {
  constexpr float kFar = std::numeric_limits<float>::infinity();
  const at::Tensor anywhere = torch::tensor({-kFar, -kFar, kFar, kFar});
  if (!within_.defined()) {
    if (area.is_whole()) return;
    within_ = anywhere.to(generator_.codes().device())
                  .repeat({parameters_[kPlace].tensor.size(0), objects_, 1});
  }
  within_[picture][object].copy_(
      area.is_whole() ? anywhere
                      : torch::tensor({float(area.x), float(area.y), float(area.x + area.width),
                                       float(area.y + area.height)}));
}

// The parameters themselves are brought back, so that a step can lead away from an edge again.
void CollageCanvas::set_progress(double) {
  if (!within_.defined()) return;
  const torch::NoGradGuard no_grad;
  const double width = width_px_ - 2 * margin_px_, height = height_px_ - 2 * margin_px_;
  const double shorter = std::min(width, height);
  const auto edge = [&](int at) { return within_.select(2, at); };
  at::Tensor place = parameters_[kPlace].tensor;
  at::Tensor size = place.select(2, 2);
  size.copy_(at::minimum(size, at::minimum((edge(2) - edge(0)) * (width / shorter),
                                           (edge(3) - edge(1)) * (height / shorter))
                                   .log()));
  const auto bring_back = [&](int axis, double side) {
    const at::Tensor reach = size.exp() * (shorter / side / 2);
    at::Tensor centre = place.select(2, axis);
    centre.copy_(at::maximum(at::minimum(centre, edge(axis + 2) - reach), edge(axis) + reach));
  };
  bring_back(0, width);
  bring_back(1, height);
}

void CollageCanvas::add_noise(std::span<const base::RandomStream> streams, double amount) {
  const torch::NoGradGuard no_grad;
  add_normal(parameters_[kBackdrop].tensor, streams, amount * kPixelNoise);
  const at::Tensor& codes = generator_.codes();
  for (std::size_t n = 0; n < streams.size(); ++n) {
    base::RandomStream stream = streams[n].named("objects");
    std::vector<Placement> objects;
    for (int k = 0; k < objects_; ++k) {
      Placement object;
      object.code = codes[stream.below(int(codes.size(0)))];
      object.x = stream.uniform(0.2f, 0.8f);
      object.y = stream.uniform(0.2f, 0.8f);
      object.size = stream.uniform(0.3f, 0.7f);
      object.opacity = std::min(1.0, amount);
      objects.push_back(object);
    }
    place(int(n), objects);
  }
}

// The backdrop grows from coarse to fine; an object has all its detail from the first step.
at::Tensor CollageCanvas::limit_update(std::size_t parameter, const at::Tensor& update,
                                       double bandwidth) const {
  return parameter == kBackdrop ? imaging::blur_to_bandwidth(update, bandwidth) : update;
}

}  // namespace clipguide::canvas
