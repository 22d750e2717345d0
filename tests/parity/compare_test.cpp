#include "support/compare.h"

#include <gmock/gmock.h>

#include <cmath>

namespace clipguide::test {
namespace {

using ::testing::HasSubstr;

TEST(Compare, AcceptsWhatIsWithinTheTolerance) {
  const at::Tensor expected = torch::linspace(-2, 2, 24).view({2, 3, 4});
  EXPECT_TRUE(close_to(expected, expected, 0));
  EXPECT_TRUE(close_to(expected + 1e-4, expected, 1e-4));
}

TEST(Compare, OneWrongValueFailsAndIsNamed) {
  const at::Tensor expected = torch::linspace(-2, 2, 24).view({2, 3, 4});
  at::Tensor got = expected.clone();
  got[1][0][2] += 0.001;
  const testing::AssertionResult result = close_to(got, expected, 1e-4);
  EXPECT_FALSE(result);
  EXPECT_THAT(result.message(), HasSubstr("worst at [1, 0, 2]: expected 0.43478"));
  EXPECT_THAT(result.message(), HasSubstr("got 0.43578"));
}

TEST(Compare, NothingIsCloseToNaN) {
  const at::Tensor expected = torch::ones({3});
  at::Tensor got = expected.clone();
  got[1] = std::nan("");
  EXPECT_FALSE(close_to(got, expected, 1e9));
  EXPECT_EQ(difference(got, expected).worst_index, (std::vector<std::int64_t>{1}));
}

TEST(Compare, ShapesHaveToAgree) {
  EXPECT_FALSE(close_to(torch::ones({2, 3}), torch::ones({3, 2}), 1));
}

}  // namespace
}  // namespace clipguide::test
