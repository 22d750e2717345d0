#include "clipguide/view/sampler.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/base/parallel.h"
#include "clipguide/imaging/autograd_plan.h"
#include "clipguide/view/look_by_pixels.h"
#include "clipguide/view/sampler_cpu.h"

namespace clipguide::view {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

using Kept = imaging::PlanPointer<SamplePlan>;
using imaging::keep_plan;
using imaging::with_type;

at::Tensor sampled(const SamplePlan& plan, const at::Tensor& picture, double grey) {
  const at::Tensor in = picture.contiguous();
  const at::Tensor out =
      at::empty({plan.pictures, plan.views, kChannels, plan.side_px, plan.side_px}, in.options());
  with_type(in, [&](auto zero) {
    using T = decltype(zero);
    sample_cpu<T>(plan, in.data_ptr<T>(), out.data_ptr<T>(), T(grey), base::threads());
  });
  return out;
}

at::Tensor spread(const SamplePlan& plan, const at::Tensor& gradient) {
  const at::Tensor in = gradient.contiguous();
  const at::Tensor out =
      at::empty({plan.pictures, kChannels, plan.height(), plan.width()}, in.options());
  with_type(in, [&](auto zero) {
    using T = decltype(zero);
    spread_cpu<T>(plan, rows_of(plan, in.data_ptr<T>()), out.data_ptr<T>(), base::threads());
  });
  return out;
}

// The sampler and its adjoint are linear: each is the other's derivative.
struct SpreadViews;

struct SampleViews : Function<SampleViews> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& picture, Kept plan,
                            double grey) {
    keep_plan(context, plan);
    return sampled(plan->plan, picture, grey);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients);
};

struct SpreadViews : Function<SpreadViews> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gradient, Kept plan) {
    keep_plan(context, plan);
    return spread(plan->plan, gradient);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {SampleViews::apply(gradients[0], imaging::kept_plan<SamplePlan>(context), 0.0),
            at::Tensor()};
  }
};

variable_list SampleViews::backward(AutogradContext* context, const variable_list& gradients) {
  return {SpreadViews::apply(gradients[0], imaging::kept_plan<SamplePlan>(context)), at::Tensor(),
          at::Tensor()};
}

void check_warp(const Warp& warp) {
  const auto& m = warp.to_canvas.m;
  for (const Point corner : {Point{0, 0}, Point{1, 0}, Point{0, 1}, Point{1, 1}}) {
    const double w = m[6] * corner.x + m[7] * corner.y + m[8];
    const Point p = apply(warp.to_canvas, corner);
    // Negated, so that NaN fails too.
    if (!(w > 0))
      base::throw_error<base::UsageError>(
          "view: expected a warp whose horizon lies outside the view, got w = {} at ({}, {})", w,
          corner.x, corner.y);
    if (!(std::abs(p.x) < kFarthestPx && std::abs(p.y) < kFarthestPx))
      base::throw_error<base::UsageError>(
          "view: expected a warp that stays within {:g} px of the canvas, got ({}, {})",
          kFarthestPx, p.x, p.y);
  }
}

/// Affine views look at one level each; in others it changes from pixel to pixel.
int finest_level(const SamplePlan& plan) {
  std::size_t finest = plan.levels.size() - 1;
  for (const PixelMap& map : plan.maps) {
    if (!map.affine()) return 0;
    const PixelMap::Place place = map.at(0, 0);
    finest = std::min(finest, level_of(plan.levels, place.step_x, place.step_y));
  }
  return int(finest);
}

}  // namespace

SamplePlan make_sample_plan(const at::Tensor& picture, std::span<const Warp> warps, int side_px) {
  if (picture.dim() != 4 || picture.size(1) != kChannels || !picture.is_floating_point() ||
      picture.numel() == 0)
    base::throw_error<base::ShapeError>(
        "view: expected a floating-point picture [N, 3, H, W], got {} [{}]",
        c10::toString(picture.scalar_type()), fmt::join(picture.sizes().vec(), ", "));
  const std::size_t pictures = std::size_t(picture.size(0));
  if (warps.empty() || warps.size() % pictures != 0)
    base::throw_error<base::ShapeError>(
        "view: expected as many warps for each of {} pictures, "
        "got {} in all",
        pictures, warps.size());
  if (side_px < 1)
    base::throw_error<base::ShapeError>("view: expected a side of at least 1 px, got {}", side_px);
  std::for_each(warps.begin(), warps.end(), check_warp);

  const int width = int(picture.size(3)), height = int(picture.size(2));
  SamplePlan plan{
      .pictures = int(pictures),
      .views = int(warps.size() / pictures),
      .side_px = side_px,
      .levels = pyramid_levels(width, height, levels_needed(width, height, warps, side_px)),
      .warps = {warps.begin(), warps.end()},
      .maps = {},
      .first_level = 0};
  for (const Warp& warp : warps) plan.maps.emplace_back(warp.to_canvas, side_px);
  plan.first_level = finest_level(plan);
  return plan;
}

at::Tensor sample_views(const at::Tensor& picture, std::span<const Warp> warps, int side_px) {
  if (has_pixel_kernels(picture)) return look_by_pixels(picture, warps, side_px, {});
  if (!picture.device().is_cpu()) return sample_views_by_operators(picture, warps, side_px);
  const Kept plan = c10::make_intrusive<imaging::PlanHolder<SamplePlan>>(
      make_sample_plan(picture, warps, side_px));
  const bool native = picture.scalar_type() == at::kFloat || picture.scalar_type() == at::kDouble;
  if (native) return SampleViews::apply(picture, plan, kGreyFill);
  return SampleViews::apply(picture.to(at::kFloat), plan, kGreyFill).to(picture.scalar_type());
}

}  // namespace clipguide::view
