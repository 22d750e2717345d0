#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "clipguide/objective/objective.h"

namespace clipguide::test {

/// The law of every objective: its gradient agrees with finite differences in float64, and a few
/// steps along it improve it. `evidence_of` makes evidence from the tensor that is varied.
inline void expect_objective_law(
    const objective::Objective& objective, at::Tensor input,
    const std::function<objective::Evidence(const at::Tensor&)>& evidence_of) {
  const auto value = [&](const at::Tensor& x) { return objective.loss(evidence_of(x)).sum(); };
  input = input.to(torch::kDouble).detach().requires_grad_();
  const at::Tensor gradient = torch::autograd::grad({value(input)}, {input})[0];
  ASSERT_TRUE(gradient.isfinite().all().item<bool>());
  ASSERT_GT(gradient.norm().item<double>(), 0);

  const torch::NoGradGuard no_grad;
  const double step = 1e-6;
  torch::manual_seed(1);
  for (int direction = 0; direction < 5; ++direction) {
    const at::Tensor along = torch::randn_like(input);
    const double slope =
        ((value(input + step * along) - value(input - step * along)) / (2 * step)).item<double>();
    const double expected = (gradient * along).sum().item<double>();
    EXPECT_NEAR(slope, expected, 1e-5 * (1e-3 + std::abs(expected)));
  }

  at::Tensor x = input.detach().clone();
  for (int i = 0; i < 5; ++i) {
    const torch::AutoGradMode with_grad(true);
    const at::Tensor leaf = x.detach().requires_grad_();
    const at::Tensor downhill = torch::autograd::grad({value(leaf)}, {leaf})[0];
    x = (leaf - 1e-3 * downhill / downhill.norm().clamp_min(1e-12)).detach();
  }
  EXPECT_LT(value(x).item<double>(), value(input).item<double>());
}

}  // namespace clipguide::test
