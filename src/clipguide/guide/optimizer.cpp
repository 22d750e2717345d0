#include "clipguide/guide/optimizer.h"

#include <ATen/Parallel.h>
#include <fmt/ranges.h>

#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/guide/adam_cpu.h"

namespace clipguide::guide {
namespace {

bool has_moments(OptimizerKind kind) {
  return kind == OptimizerKind::adam || kind == OptimizerKind::adamw;
}

/// Updates scaled so that each picture's have a root mean square of 1 over all its parameters.
std::vector<at::Tensor> normalized(std::vector<at::Tensor> updates) {
  at::Tensor squares;  // [N]
  std::int64_t count = 0;
  for (const at::Tensor& update : updates) {
    const at::Tensor sum = update.flatten(1).square().sum(1);
    squares = squares.defined() ? squares + sum : sum;
    count += update[0].numel();
  }
  const at::Tensor length = (squares / double(count)).sqrt().clamp_min(1e-20);
  for (at::Tensor& update : updates) {
    std::vector<std::int64_t> shape(std::size_t(update.dim()), 1);
    shape[0] = update.size(0);
    update = update / length.view(shape);
  }
  return updates;
}

at::Tensor adam_direction(const OptimizerOptions& options, const at::Tensor& gradient,
                          at::Tensor mean, at::Tensor square, int step) {
  const double mean_bias = 1 - std::pow(options.beta1, step + 1);
  const double square_bias = 1 - std::pow(options.beta2, step + 1);
  const auto native = [](const at::Tensor& tensor) {
    return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous();
  };
  if (native(gradient) && native(mean) && native(square)) {
    at::Tensor direction = torch::empty_like(gradient);
    const AdamStep adam{float(options.beta1),     float(options.beta2), float(1 - options.beta1),
                        float(1 - options.beta2), float(mean_bias),     float(square_bias),
                        float(options.epsilon)};
    adam_direction_cpu(adam, gradient.numel(), gradient.data_ptr<float>(), mean.data_ptr<float>(),
                       square.data_ptr<float>(), direction.data_ptr<float>(),
                       at::get_num_threads());
    return direction;
  }
  mean.mul_(options.beta1).add_(gradient, 1 - options.beta1);
  square.mul_(options.beta2).addcmul_(gradient, gradient, 1 - options.beta2);
  return (mean / mean_bias) / ((square / square_bias).sqrt() + options.epsilon);
}

}  // namespace

const std::vector<std::string>& optimizer_names() {
  static const std::vector<std::string> names = {"sgd", "adam", "adamw", "sign", "normalized"};
  return names;
}

OptimizerKind parse_optimizer(const std::string& name) {
  if (name == "sgd") return OptimizerKind::sgd;
  if (name == "adam") return OptimizerKind::adam;
  if (name == "adamw") return OptimizerKind::adamw;
  if (name == "sign") return OptimizerKind::sign;
  if (name == "normalized") return OptimizerKind::normalized;
  base::throw_error<base::UsageError>("optimizer: expected one of {}, got '{}'",
                                      fmt::join(optimizer_names(), ", "), name);
}

std::vector<at::Tensor> Optimizer::start(const canvas::Canvas& canvas) const {
  std::vector<at::Tensor> moments;
  if (!has_moments(options_.kind)) return moments;
  for (const canvas::NamedParameter& parameter : canvas.parameters())
    for (int moment = 0; moment < 2; ++moment)
      moments.push_back(torch::zeros_like(parameter.tensor.detach()));
  return moments;
}

void Optimizer::step(canvas::Canvas& canvas, const std::vector<at::Tensor>& gradients,
                     std::vector<at::Tensor>& moments, int step, double lr_factor,
                     double bandwidth) const {
  const torch::NoGradGuard no_grad;
  const double lr = options_.lr * lr_factor;
  if (options_.kind == OptimizerKind::normalized) {
    // Its length is that of what the canvas lets through.
    std::vector<at::Tensor> limited;
    for (std::size_t i = 0; i < gradients.size(); ++i)
      limited.push_back(canvas.limit_update(i, gradients[i], bandwidth));
    limited = normalized(std::move(limited));
    for (std::size_t i = 0; i < limited.size(); ++i)
      at::Tensor(canvas.parameters()[i].tensor).sub_(limited[i], lr);
    return;
  }
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const at::Tensor& gradient = gradients[i];
    at::Tensor direction;
    if (has_moments(options_.kind)) {
      direction = adam_direction(options_, gradient, moments[2 * i], moments[2 * i + 1], step);
    } else {
      direction = options_.kind == OptimizerKind::sign ? gradient.sign() : gradient;
    }
    at::Tensor parameter = canvas.parameters()[i].tensor;
    if (options_.kind == OptimizerKind::adamw) parameter.mul_(1 - lr * options_.weight_decay);
    parameter.sub_(canvas.limit_update(i, direction, bandwidth), lr);
  }
}

}  // namespace clipguide::guide
