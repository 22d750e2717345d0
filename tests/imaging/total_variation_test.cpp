#include "clipguide/imaging/total_variation.h"

#include <gtest/gtest.h>

#include "clipguide/base/parallel.h"
#include "support/compare.h"

namespace clipguide::imaging {
namespace {

at::Tensor random_pictures(int height, int width, at::ScalarType type) {
  torch::manual_seed(4);
  return at::rand({2, 3, height, width}, type).requires_grad_();
}

TEST(TotalVariation, AgreesWithTheOperatorsInValueAndGradient) {
  for (const auto type : {at::kFloat, at::kDouble})
    for (const auto& [height, width] :
         {std::pair{2, 2}, {2, 9}, {9, 2}, {33, 17}, {64, 64}, {130, 71}}) {
      const double tolerance = type == at::kFloat ? 3e-6 : 1e-12;
      const at::Tensor pictures = random_pictures(height, width, type);
      const at::Tensor weights = at::tensor({0.5, -2.0}, type);
      const at::Tensor got = total_variation(pictures);
      const at::Tensor want = total_variation_by_operators(pictures);
      EXPECT_EQ(got.scalar_type(), type);
      EXPECT_TRUE(test::close_to(got, want, tolerance)) << height << "x" << width;
      const auto gradient = [&](const at::Tensor& value) {
        return torch::autograd::grad({(value * weights).sum()}, {pictures})[0];
      };
      EXPECT_TRUE(test::close_to(gradient(got), gradient(want), tolerance))
          << height << "x" << width;
    }
}

TEST(TotalVariation, SeesPicturesThatAreNotContiguous) {
  const at::Tensor pictures = random_pictures(12, 20, at::kDouble);
  const at::Tensor turned = pictures.transpose(2, 3);
  const auto gradient = [&](const at::Tensor& value) {
    return torch::autograd::grad({value.sum()}, {pictures})[0];
  };
  EXPECT_TRUE(test::close_to(gradient(total_variation(turned)),
                             gradient(total_variation_by_operators(turned)), 1e-12));
}

TEST(TotalVariation, IsTheSameForAnyNumberOfThreadsAndSmallPicturesTakeTheOperators) {
  const at::Tensor pictures = random_pictures(200, 100, at::kFloat);
  const int threads = base::threads();
  const at::Tensor first = total_variation(pictures);
  const at::Tensor gradient = torch::autograd::grad({first.sum()}, {pictures})[0];
  for (const int count : {1, 2, 7}) {
    base::set_threads(count);
    const at::Tensor again = total_variation(pictures);
    EXPECT_TRUE(at::equal(again, first)) << count;
    EXPECT_TRUE(at::equal(torch::autograd::grad({again.sum()}, {pictures})[0], gradient)) << count;
  }
  base::set_threads(threads);
}

TEST(TotalVariation, DifferentiatesTwice) {
  const at::Tensor pictures = random_pictures(6, 7, at::kDouble);
  const auto second = [&](const at::Tensor& value) {
    const at::Tensor first =
        torch::autograd::grad({value.square().sum()}, {pictures}, {}, true, true)[0];
    return torch::autograd::grad({first.pow(3).sum()}, {pictures})[0];
  };
  EXPECT_TRUE(test::close_to(second(total_variation(pictures)),
                             second(total_variation_by_operators(pictures)), 1e-12));
}

}  // namespace
}  // namespace clipguide::imaging
