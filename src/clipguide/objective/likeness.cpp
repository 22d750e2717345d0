#include "clipguide/objective/likeness.h"

#include "clipguide/base/error.h"
#include "clipguide/base/parallel.h"
#include "clipguide/imaging/autograd_plan.h"
#include "clipguide/objective/likeness_cpu.h"

namespace clipguide::objective {
namespace {

bool is_native(const at::Tensor& rows, const at::Tensor& texts) {
  return imaging::is_cpu_float(rows) && imaging::is_cpu_float(texts);
}

/// [.., to] for [.., from].
std::vector<std::int64_t> with_last(const at::Tensor& tensor, std::int64_t to) {
  std::vector<std::int64_t> sizes = tensor.sizes().vec();
  sizes.back() = to;
  return sizes;
}

// libtorch shares a product out by the number of threads, which shows in the last bits, and to tell
// it to use one makes it end its threads and start them again.
struct Likeness : torch::autograd::Function<Likeness> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& embeddings,
                            const at::Tensor& texts) {
    context->save_for_backward({texts});
    if (!is_native(embeddings, texts)) return torch::matmul(embeddings, texts.t());
    const at::Tensor rows = embeddings.contiguous(), others = texts.contiguous();
    const at::Tensor out = at::empty(with_last(rows, others.size(0)), rows.options());
    inner_products_cpu(rows.data_ptr<float>(), rows.numel() / rows.size(-1),
                       others.data_ptr<float>(), others.size(0), rows.size(-1),
                       out.data_ptr<float>(), base::threads());
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const at::Tensor texts = context->get_saved_variables()[0];
    if (at::GradMode::is_enabled() || !is_native(gradients[0], texts))
      return {torch::matmul(gradients[0], texts), {}};
    const at::Tensor weights = gradients[0].contiguous(), others = texts.contiguous();
    const at::Tensor out = at::empty(with_last(weights, others.size(1)), weights.options());
    weighted_sums_cpu(weights.data_ptr<float>(),
                      weights.numel() / std::max<std::int64_t>(1, weights.size(-1)),
                      others.data_ptr<float>(), others.size(0), others.size(1),
                      out.data_ptr<float>(), base::threads());
    return {out, {}};
  }
};

}  // namespace

at::Tensor likeness(const at::Tensor& embeddings, const at::Tensor& texts) {
  if (embeddings.size(-1) != texts.size(1)) {
    base::throw_error<base::UsageError>("likeness: expected embeddings of {} numbers, got {}",
                                        texts.size(1), embeddings.size(-1));
  }
  return Likeness::apply(embeddings, texts);
}

}  // namespace clipguide::objective
