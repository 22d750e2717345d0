#pragma once

#include <utility>

#include "clipguide/base/torch.h"

/// What autograd functions of our own share: a plan of the work that goes from the forward to the
/// backward pass, and the choice of the element type.
namespace clipguide::imaging {

template <class Plan>
struct PlanHolder : torch::CustomClassHolder {
  explicit PlanHolder(Plan p) : plan(std::move(p)) {}
  Plan plan;
};
template <class Plan>
using PlanPointer = c10::intrusive_ptr<PlanHolder<Plan>>;

inline constexpr const char* kPlanKey = "plan";

template <class Plan>
void keep_plan(torch::autograd::AutogradContext* context, const PlanPointer<Plan>& plan) {
  context->saved_data[kPlanKey] = c10::IValue::make_capsule(plan);
}

template <class Plan>
PlanPointer<Plan> kept_plan(torch::autograd::AutogradContext* context) {
  return c10::static_intrusive_pointer_cast<PlanHolder<Plan>>(
      context->saved_data[kPlanKey].toCapsule());
}

/// Whether kernels for the CPU's float can take it.
inline bool is_cpu_float(const at::Tensor& tensor) {
  return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat;
}

/// body(double()) or body(float()), as the tensor's elements are.
template <class Body>
void with_type(const at::Tensor& tensor, const Body& body) {
  if (tensor.scalar_type() == at::kDouble)
    body(double());
  else
    body(float());
}

}  // namespace clipguide::imaging
