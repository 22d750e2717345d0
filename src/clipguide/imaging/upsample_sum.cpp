#include "clipguide/imaging/upsample_sum.h"

#include <fmt/ranges.h>

#include "clipguide/base/error.h"
#include "clipguide/base/parallel.h"
#include "clipguide/imaging/autograd_plan.h"
#include "clipguide/imaging/upsample_sum_cpu.h"

namespace clipguide::imaging {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

using Kept = PlanPointer<UpsamplePlan>;

// The sum and its adjoint are linear: each is the other's derivative.
struct SpreadPlanes;

struct SumPlanes : Function<SumPlanes> {
  ///   flat  [N, C, values of all planes]
  static at::Tensor forward(AutogradContext* context, const at::Tensor& flat, Kept holder) {
    keep_plan(context, holder);
    const UpsamplePlan& plan = holder->plan;
    const at::Tensor in = flat.contiguous();
    const at::Tensor out =
        at::empty({in.size(0), in.size(1), plan.height(), plan.width()}, in.options());
    with_type(in, [&](auto zero) {
      using T = decltype(zero);
      sum_upsampled_cpu<T>(plan, in.size(0) * in.size(1), in.data_ptr<T>(), out.data_ptr<T>(),
                           base::threads());
    });
    return out;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients);
};

struct SpreadPlanes : Function<SpreadPlanes> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gradient, Kept holder) {
    keep_plan(context, holder);
    const UpsamplePlan& plan = holder->plan;
    const at::Tensor in = gradient.contiguous();
    const at::Tensor out = at::empty({in.size(0), in.size(1), plan.values()}, in.options());
    with_type(in, [&](auto zero) {
      using T = decltype(zero);
      spread_upsampled_cpu<T>(plan, in.size(0) * in.size(1), in.data_ptr<T>(), out.data_ptr<T>(),
                              base::threads());
    });
    return out;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {SumPlanes::apply(gradients[0], kept_plan<UpsamplePlan>(context)), at::Tensor()};
  }
};

variable_list SumPlanes::backward(AutogradContext* context, const variable_list& gradients) {
  return {SpreadPlanes::apply(gradients[0], kept_plan<UpsamplePlan>(context)), at::Tensor()};
}

void check(const std::vector<at::Tensor>& planes, int height, int width) {
  if (planes.empty() || height < 1 || width < 1)
    base::throw_error<base::ShapeError>(
        "upsample: expected planes and a size of at least 1x1, got {} planes and {}x{}",
        planes.size(), width, height);
  for (const at::Tensor& plane : planes)
    if (plane.dim() != 4 || plane.numel() == 0 || plane.size(0) != planes.front().size(0) ||
        plane.size(1) != planes.front().size(1))
      base::throw_error<base::ShapeError>("upsample: expected planes [N, C, h, w], got [{}]",
                                          fmt::join(plane.sizes().vec(), ", "));
}

}  // namespace

at::Tensor sum_upsampled(const std::vector<at::Tensor>& planes, int height, int width) {
  check(planes, height, width);
  const at::Tensor& first = planes.front();
  const bool native = first.device().is_cpu() &&
                      (first.scalar_type() == at::kFloat || first.scalar_type() == at::kDouble);
  if (!native) return sum_upsampled_by_operators(planes, height, width);
  std::vector<PlaneSize> sizes;
  std::vector<at::Tensor> flat;
  for (const at::Tensor& plane : planes) {
    sizes.push_back({int(plane.size(2)), int(plane.size(3))});
    flat.push_back(plane.flatten(2));
  }
  return SumPlanes::apply(at::cat(flat, 2), c10::make_intrusive<PlanHolder<UpsamplePlan>>(
                                                UpsamplePlan(sizes, height, width)));
}

at::Tensor sum_upsampled_by_operators(const std::vector<at::Tensor>& planes, int height,
                                      int width) {
  check(planes, height, width);
  at::Tensor sum;
  for (const at::Tensor& plane : planes) {
    // A single pixel has no slope to interpolate: broadcast it.
    const at::Tensor large =
        plane.size(2) == 1 && plane.size(3) == 1
            ? plane.expand({plane.size(0), plane.size(1), height, width})
            : at::upsample_bicubic2d(plane, {height, width}, /*align_corners=*/false);
    sum = sum.defined() ? sum + large : large;
  }
  return sum;
}

}  // namespace clipguide::imaging
