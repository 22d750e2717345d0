#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "clipguide/canvas/canvas.h"

namespace clipguide::test {

/// Expects the gradient of `value` to a parameter to be its slope along that gradient, by a central
/// difference of `step`, to a share of `tolerance`. backward() has filled the parameter's grad.
inline void expect_slope(const canvas::NamedParameter& parameter,
                         const std::function<at::Tensor()>& value, double step, double tolerance) {
  const torch::NoGradGuard no_grad;
  at::Tensor tensor = parameter.tensor;
  const at::Tensor gradient = tensor.grad().clone();
  const at::Tensor direction = gradient / gradient.norm();
  tensor.add_(direction, step);
  const double above = value().item<double>();
  tensor.sub_(direction, 2 * step);
  const double below = value().item<double>();
  tensor.add_(direction, step);
  const double slope = (above - below) / (2 * step);
  EXPECT_NEAR(slope, gradient.norm().item<double>(), tolerance * std::abs(slope)) << parameter.name;
}

}  // namespace clipguide::test
