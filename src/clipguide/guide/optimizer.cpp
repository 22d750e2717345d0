#include "clipguide/guide/optimizer.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/base/parallel.h"
#include "clipguide/guide/adam_cpu.h"
#include "clipguide/guide/update_cpu.h"
#include "clipguide/imaging/autograd_plan.h"

namespace clipguide::guide {
namespace {

bool has_moments(OptimizerKind kind) {
  return kind == OptimizerKind::adam || kind == OptimizerKind::adamw;
}

bool is_native(const at::Tensor& tensor) {
  return imaging::is_cpu_float(tensor) && tensor.is_contiguous();
}

void subtract(at::Tensor parameter, const at::Tensor& update, double factor) {
  if (is_native(parameter) && is_native(update))
    subtract_cpu(parameter.data_ptr<float>(), update.data_ptr<float>(), float(factor),
                 parameter.numel(), base::threads());
  else
    parameter.sub_(update, factor);
}

///   factor  a scalar on the parameter's device, which is not waited for
void subtract(at::Tensor parameter, const at::Tensor& update, const at::Tensor& factor) {
  if (parameter.device().is_cpu())
    subtract(parameter, update, factor.item<double>());
  else
    parameter.sub_(update * factor);
}

/// Moves every picture's parameters along the updates, by `lr` in the root mean square over them;
/// those with a unit by lr units each.
void move_by_length(canvas::Canvas& canvas, const std::vector<at::Tensor>& updates, double lr) {
  constexpr double kSmallest = 1e-20;
  const auto length = [&](const at::Tensor& squares, double count) {
    return (squares / count).sqrt().clamp_min(kSmallest);
  };
  const auto& parameters = canvas.parameters();
  for (std::int64_t n = 0; n < updates.front().size(0); ++n) {
    std::vector<at::Tensor> squares;
    at::Tensor together = torch::zeros({}, updates.front().options().dtype(at::kDouble));
    double count = 0;
    for (std::size_t i = 0; i < updates.size(); ++i) {
      squares.push_back(sum_of_squares(updates[i][n]));
      if (parameters[i].unit > 0) continue;
      together = together + squares.back();
      count += double(updates[i][n].numel());
    }
    for (std::size_t i = 0; i < updates.size(); ++i) {
      const double unit = parameters[i].unit;
      const at::Tensor update = updates[i][n];
      const at::Tensor step = unit > 0 ? unit / length(squares[i], double(update.numel()))
                                       : 1 / length(together, count);
      subtract(parameters[i].tensor[n], update, lr * step);
    }
  }
}

at::Tensor adam_direction(const OptimizerOptions& options, const at::Tensor& gradient,
                          at::Tensor mean, at::Tensor square, int step) {
  const double mean_bias = 1 - std::pow(options.beta1, step + 1);
  const double square_bias = 1 - std::pow(options.beta2, step + 1);
  if (is_native(gradient) && is_native(mean) && is_native(square)) {
    at::Tensor direction = torch::empty_like(gradient);
    const AdamStep adam{float(options.beta1),     float(options.beta2), float(1 - options.beta1),
                        float(1 - options.beta2), float(mean_bias),     float(square_bias),
                        float(options.epsilon)};
    adam_direction_cpu(adam, gradient.numel(), gradient.data_ptr<float>(), mean.data_ptr<float>(),
                       square.data_ptr<float>(), direction.data_ptr<float>(), base::threads());
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
    move_by_length(canvas, limited, lr);
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
    const canvas::NamedParameter& named = canvas.parameters()[i];
    at::Tensor parameter = named.tensor;
    if (options_.kind == OptimizerKind::adamw) parameter.mul_(1 - lr * options_.weight_decay);
    subtract(parameter, canvas.limit_update(i, direction, bandwidth),
             named.unit > 0 ? lr * named.unit : lr);
  }
}

at::Tensor sum_of_squares(const at::Tensor& tensor) {
  if (!is_native(tensor)) return tensor.square().sum(at::kDouble);
  return torch::tensor(
      sum_of_squares_cpu(tensor.data_ptr<float>(), tensor.numel(), base::threads()), at::kDouble);
}

}  // namespace clipguide::guide
