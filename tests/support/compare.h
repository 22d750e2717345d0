#pragma once

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "clipguide/base/torch.h"

/// How far a tensor is from what it should be.
namespace clipguide::test {

/// Where two tensors of one shape are farthest apart.
struct Difference {
  double relative = 0;  ///< largest |got - expected|, as a share of the largest |expected|
  std::vector<std::int64_t> worst_index;
  double got = 0, expected = 0;  ///< at the worst index
};

/// Measured against the tensor's largest value, not element by element: an element that should be 0
/// carries the rounding of the sums it came from. Anything that is not finite is infinitely far
/// off.
inline Difference difference(const at::Tensor& got, const at::Tensor& expected) {
  const at::Tensor a = got.detach().cpu().to(torch::kFloat64).contiguous();
  const at::Tensor b = expected.detach().cpu().to(torch::kFloat64).contiguous();
  if (b.numel() == 0) return {};
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const at::Tensor distance =
      (a - b).abs().nan_to_num(/*nan=*/kInfinity, /*posinf=*/kInfinity).flatten();
  std::int64_t flat = distance.argmax().item<std::int64_t>();
  const double largest = b.abs().max().item<double>(), apart = distance[flat].item<double>();

  Difference worst{apart == 0 ? 0 : apart / largest,
                   {},
                   a.flatten()[flat].item<double>(),
                   b.flatten()[flat].item<double>()};
  for (std::int64_t d = b.dim(); d-- > 0; flat /= b.size(d)) {
    worst.worst_index.insert(worst.worst_index.begin(), flat % b.size(d));
  }
  return worst;
}

/// EXPECT_TRUE(close_to(got, expected, 1e-4)): names the worst index and both values when it is
/// not.
inline testing::AssertionResult close_to(const at::Tensor& got, const at::Tensor& expected,
                                         double tolerance) {
  if (got.sizes() != expected.sizes()) {
    return testing::AssertionFailure()
           << fmt::format("expected the shape [{}], got [{}]", fmt::join(expected.sizes(), ", "),
                          fmt::join(got.sizes(), ", "));
  }
  const Difference worst = difference(got, expected);
  if (worst.relative <= tolerance) return testing::AssertionSuccess();
  return testing::AssertionFailure() << fmt::format(
             "worst at [{}]: expected {:.9g}, got {:.9g}; off by {:.2e} of the largest "
             "value, allowed {:.0e}",
             fmt::join(worst.worst_index, ", "), worst.expected, worst.got, worst.relative,
             tolerance);
}

}  // namespace clipguide::test
