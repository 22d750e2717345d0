#pragma once

#include <gtest/gtest.h>

#include "clipguide/base/torch.h"

namespace clipguide::view {

/// No element is farther off than the tolerance; says which is the worst.
inline void expect_close(const at::Tensor& got, const at::Tensor& want, double tolerance) {
  ASSERT_EQ(got.sizes(), want.sizes());
  const at::Tensor difference = (got - want).abs().flatten();
  const auto worst = difference.argmax().item<std::int64_t>();
  EXPECT_LE(difference[worst].item<double>(), tolerance)
      << "at flat index " << worst << ": got " << got.flatten()[worst].item<double>() << ", want "
      << want.flatten()[worst].item<double>();
}

/// Of sum(views * weights) to the picture.
inline at::Tensor gradient_of(const at::Tensor& views, const at::Tensor& picture,
                              const at::Tensor& weights) {
  return torch::autograd::grad({(views * weights).sum()}, {picture})[0];
}

}  // namespace clipguide::view
