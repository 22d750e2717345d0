#include "clipguide/imaging/clamp.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <limits>

namespace clipguide::imaging {
namespace {

TEST(ClampUnit, AgreesWithTheOperatorsBothWays) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    torch::manual_seed(2);
    const at::Tensor values = (at::randn({2, 3, 113, 131}, type) + 0.5).requires_grad_();
    const at::Tensor gradient = at::randn({2, 3, 113, 131}, type);
    const at::Tensor clamped = clamp_unit(values);
    EXPECT_TRUE(at::equal(clamped, values.clamp(0, 1)));
    const at::Tensor got = torch::autograd::grad({clamped}, {values}, {gradient})[0];
    EXPECT_TRUE(at::equal(got, clamp_unit_gradient_by_operators(values, gradient)));
    // Outside, only what leads back in passes.
    EXPECT_EQ(got.masked_select((values > 1) & (gradient < 0)).abs().sum().item<double>(), 0);
    EXPECT_TRUE(at::equal(got.masked_select((values > 1) & (gradient > 0)),
                          gradient.masked_select((values > 1) & (gradient > 0))));
  }
}

TEST(ClampUnit, ShowsWhatIsNotANumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor values = at::tensor({nan, 0.5f, 0.5f, -1.0f}).requires_grad_();
  const at::Tensor clamped = clamp_unit(values);
  EXPECT_TRUE(clamped.isnan()[0].item<bool>());
  const at::Tensor gradient =
      torch::autograd::grad({clamped}, {values}, {at::tensor({1.0f, nan, 2.0f, 3.0f})})[0];
  EXPECT_TRUE(gradient.isnan()[1].item<bool>());
  EXPECT_EQ(gradient[2].item<float>(), 2);
  EXPECT_EQ(gradient[3].item<float>(), 0);
}

}  // namespace
}  // namespace clipguide::imaging
