#pragma once

#include <functional>
#include <string>
#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/canvas/canvas.h"

namespace clipguide::guide {

/// normalized: steepest ascent by steps of a given length, whatever the gradient's: each picture
/// moves by lr in the root mean square over its parameters, and those of a unit of their own by
/// lr * unit each. What robust models want: it keeps the gradient's own proportions, which Adam and
/// sign level out.
enum class OptimizerKind { sgd, adam, adamw, sign, normalized };

const std::vector<std::string>& optimizer_names();
OptimizerKind parse_optimizer(const std::string& name);  ///< throws  UsageError

struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::adam;
  double lr = 0.05;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;  ///< adamw, decoupled
};

/// Moves a canvas's parameters downhill. Our own rather than torch::optim, because its state is
/// plain tensors that a snapshot can hold, and because the update passes through the canvas's
/// limit_update before it is applied.
class Optimizer {
 public:
  explicit Optimizer(const OptimizerOptions& options) : options_(options) {}

  /// Zeroed moments for these parameters: two a parameter for Adam, none for the others.
  std::vector<at::Tensor> start(const canvas::Canvas& canvas) const;

  /// One step. `step` counts from 0; `lr_factor` is the schedule's.
  void step(canvas::Canvas& canvas, const std::vector<at::Tensor>& gradients,
            std::vector<at::Tensor>& moments, int step, double lr_factor, double bandwidth) const;

 private:
  OptimizerOptions options_;
};

/// Of all values, in f64 where the tensor is; not finite where one of them is not.
at::Tensor sum_of_squares(const at::Tensor& tensor);

}  // namespace clipguide::guide
