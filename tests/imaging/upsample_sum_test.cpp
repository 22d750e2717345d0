#include "clipguide/imaging/upsample_sum.h"

#include <gtest/gtest.h>

#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/base/parallel.h"

namespace clipguide::imaging {
namespace {

std::vector<at::Tensor> random_planes(at::ScalarType type = at::kDouble) {
  torch::manual_seed(3);
  std::vector<at::Tensor> planes;
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 2}, {2, 3}, {5, 8}, {19, 30}, {37, 61}})
    planes.push_back(at::randn({2, 3, height, width}, type).requires_grad_());
  return planes;
}

double largest_error(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(UpsampleSum, AgreesWithTheOperatorsInSumAndGradients) {
  const std::vector<at::Tensor> planes = random_planes();
  const at::Tensor ours = sum_upsampled(planes, 37, 61);
  const at::Tensor oracle = sum_upsampled_by_operators(planes, 37, 61);
  EXPECT_LE(largest_error(ours, oracle), 1e-12);
  const at::Tensor weights = at::randn_like(ours);
  const auto gradients = [&](const at::Tensor& sum) {
    return torch::autograd::grad({(sum * weights).sum()}, planes);
  };
  const std::vector<at::Tensor> got = gradients(ours), want = gradients(oracle);
  for (std::size_t i = 0; i < planes.size(); ++i) {
    ASSERT_EQ(got[i].sizes(), planes[i].sizes());
    EXPECT_LE(largest_error(got[i], want[i]), 1e-10) << "plane " << i;
    EXPECT_GT(got[i].abs().max().item<double>(), 1e-3);
  }
}

TEST(UpsampleSum, OfFloatAgreesWithThatOfDoubleAndKeepsItsType) {
  std::vector<at::Tensor> narrow;
  for (const at::Tensor& plane : random_planes()) narrow.push_back(plane.detach().to(at::kFloat));
  const at::Tensor sum = sum_upsampled(narrow, 40, 64);
  EXPECT_EQ(sum.scalar_type(), at::kFloat);
  EXPECT_LE(largest_error(sum.to(at::kDouble), sum_upsampled(random_planes(), 40, 64)), 1e-5);
}

TEST(UpsampleSum, DoesNotDependOnTheNumberOfThreads) {
  const std::vector<at::Tensor> planes = random_planes(at::kFloat);
  const int threads = base::threads();
  std::vector<at::Tensor> sums, gradients;
  for (const int count : {1, 2, 7}) {
    base::set_threads(count);
    sums.push_back(sum_upsampled(planes, 150, 300));
    gradients.push_back(torch::autograd::grad({sums.back().square().sum()}, {planes[4]})[0]);
    EXPECT_TRUE(at::equal(sums.front(), sums.back())) << count;
    EXPECT_TRUE(at::equal(gradients.front(), gradients.back())) << count;
  }
  base::set_threads(threads);
}

TEST(UpsampleSum, DifferentiatesTwice) {
  const std::vector<at::Tensor> planes = random_planes();
  const auto second = [&](const at::Tensor& sum) {
    const at::Tensor first =
        torch::autograd::grad({sum.pow(3).sum()}, {planes[3]}, {}, true, true)[0];
    return torch::autograd::grad({first.square().sum()}, {planes[4]})[0];
  };
  const at::Tensor want = second(sum_upsampled_by_operators(planes, 37, 61));
  EXPECT_LE(largest_error(second(sum_upsampled(planes, 37, 61)), want),
            1e-10 * want.abs().max().item<double>());
}

TEST(UpsampleSum, RefusesWhatDoesNotFit) {
  EXPECT_THROW(sum_upsampled({}, 4, 4), base::ShapeError);
  EXPECT_THROW(sum_upsampled({at::zeros({1, 3, 2, 2})}, 0, 4), base::ShapeError);
  EXPECT_THROW(sum_upsampled({at::zeros({1, 3, 2, 2}), at::zeros({1, 1, 2, 2})}, 4, 4),
               base::ShapeError);
  EXPECT_THROW(sum_upsampled({at::zeros({3, 2, 2})}, 4, 4), base::ShapeError);
}

}  // namespace
}  // namespace clipguide::imaging
