#include "clipguide/imaging/clamp.h"

#include "clipguide/base/parallel.h"
#include "clipguide/imaging/autograd_plan.h"
#include "clipguide/imaging/clamp_cpu.h"

namespace clipguide::imaging {
namespace {

bool is_native(const at::Tensor& tensor) {
  return tensor.device().is_cpu() &&
         (tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kDouble);
}

struct ClampUnit : torch::autograd::Function<ClampUnit> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& values) {
    context->save_for_backward({values});
    if (!is_native(values)) return values.clamp(0, 1);
    const at::Tensor in = values.contiguous(), out = at::empty(in.sizes(), in.options());
    with_type(in, [&](auto zero) {
      using T = decltype(zero);
      clamp_unit_cpu<T>(in.data_ptr<T>(), in.numel(), out.data_ptr<T>(), base::threads());
    });
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const at::Tensor values = context->get_saved_variables()[0];
    if (at::GradMode::is_enabled() || !is_native(values))
      return {clamp_unit_gradient_by_operators(values, gradients[0])};
    const at::Tensor in = values.contiguous(), gradient = gradients[0].contiguous();
    const at::Tensor out = at::empty(in.sizes(), in.options());
    with_type(in, [&](auto zero) {
      using T = decltype(zero);
      clamp_unit_gradient_cpu<T>(in.data_ptr<T>(), gradient.data_ptr<T>(), in.numel(),
                                 out.data_ptr<T>(), base::threads());
    });
    return {out};
  }
};

}  // namespace

at::Tensor clamp_unit(const at::Tensor& values) { return ClampUnit::apply(values); }

at::Tensor clamp_unit_gradient_by_operators(const at::Tensor& values, const at::Tensor& gradient) {
  const at::Tensor excess = values - values.clamp(0, 1);
  // The step is -gradient: it leads back inside when gradient and excess have the same sign.
  return gradient * (gradient * excess >= 0);
}

}  // namespace clipguide::imaging
