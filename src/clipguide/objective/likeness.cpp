#include "clipguide/objective/likeness.h"

#include "clipguide/base/one_thread.h"

namespace clipguide::objective {
namespace {

struct Likeness : torch::autograd::Function<Likeness> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& embeddings,
                            const at::Tensor& texts) {
    context->save_for_backward({texts});
    const base::OneThread one_thread;
    return torch::matmul(embeddings, texts.t());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const at::Tensor texts = context->get_saved_variables()[0];
    const base::OneThread one_thread;
    return {torch::matmul(gradients[0], texts), {}};
  }
};

}  // namespace

at::Tensor likeness(const at::Tensor& embeddings, const at::Tensor& texts) {
  return Likeness::apply(embeddings, texts);
}

}  // namespace clipguide::objective
