#include "clipguide/imaging/upsample_sum.h"

#include <fmt/ranges.h>

#include <utility>

#include "clipguide/base/error.h"
#include "clipguide/imaging/upsample_sum_cpu.h"

namespace clipguide::imaging {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

struct PlanHolder : torch::CustomClassHolder {
  explicit PlanHolder(UpsamplePlan p) : plan(std::move(p)) {}
  UpsamplePlan plan;
};
using PlanPointer = c10::intrusive_ptr<PlanHolder>;

constexpr const char* kPlan = "plan";

void keep_plan(AutogradContext* context, const PlanPointer& plan) {
  context->saved_data[kPlan] = c10::IValue::make_capsule(plan);
}

PlanPointer kept_plan(AutogradContext* context) {
  return c10::static_intrusive_pointer_cast<PlanHolder>(context->saved_data[kPlan].toCapsule());
}

template <class Body>
void with_type(const at::Tensor& tensor, const Body& body) {
  if (tensor.scalar_type() == at::kDouble)
    body(double());
  else
    body(float());
}

// The sum and its adjoint are linear: each is the other's derivative.
struct SpreadPlanes;

struct SumPlanes : Function<SumPlanes> {
  ///   flat  [N, C, values of all planes]
  static at::Tensor forward(AutogradContext* context, const at::Tensor& flat, PlanPointer holder) {
    keep_plan(context, holder);
    const UpsamplePlan& plan = holder->plan;
    const at::Tensor in = flat.contiguous();
    const at::Tensor out =
        at::empty({in.size(0), in.size(1), plan.height(), plan.width()}, in.options());
    with_type(in, [&](auto zero) {
      using T = decltype(zero);
      sum_upsampled_cpu<T>(plan, in.size(0) * in.size(1), in.data_ptr<T>(), out.data_ptr<T>(),
                           at::get_num_threads());
    });
    return out;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients);
};

struct SpreadPlanes : Function<SpreadPlanes> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gradient,
                            PlanPointer holder) {
    keep_plan(context, holder);
    const UpsamplePlan& plan = holder->plan;
    const at::Tensor in = gradient.contiguous();
    const at::Tensor out = at::empty({in.size(0), in.size(1), plan.values()}, in.options());
    with_type(in, [&](auto zero) {
      using T = decltype(zero);
      spread_upsampled_cpu<T>(plan, in.size(0) * in.size(1), in.data_ptr<T>(), out.data_ptr<T>(),
                              at::get_num_threads());
    });
    return out;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {SumPlanes::apply(gradients[0], kept_plan(context)), at::Tensor()};
  }
};

variable_list SumPlanes::backward(AutogradContext* context, const variable_list& gradients) {
  return {SpreadPlanes::apply(gradients[0], kept_plan(context)), at::Tensor()};
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
  return SumPlanes::apply(at::cat(flat, 2),
                          c10::make_intrusive<PlanHolder>(UpsamplePlan(sizes, height, width)));
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
