#include "clipguide/imaging/clamp.h"

namespace clipguide::imaging {
namespace {

struct ClampUnit : torch::autograd::Function<ClampUnit> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& values) {
    context->save_for_backward({values});
    return values.clamp(0, 1);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const at::Tensor values = context->get_saved_variables()[0], gradient = gradients[0];
    const at::Tensor excess = values - values.clamp(0, 1);
    // The step is -gradient: it leads back inside when gradient and excess have the same sign.
    return {gradient * (gradient * excess >= 0)};
  }
};

}  // namespace

at::Tensor clamp_unit(const at::Tensor& values) { return ClampUnit::apply(values); }

}  // namespace clipguide::imaging
