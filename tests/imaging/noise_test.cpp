#include "clipguide/imaging/noise.h"

#include <gtest/gtest.h>

#include "clipguide/base/parallel.h"
#include "clipguide/imaging/noise_values.h"

namespace clipguide::imaging {
namespace {

const base::RandomStream kStream(5, "noise");

TEST(Noise, DoesNotDependOnTheNumberOfThreads) {
  const int threads = base::threads();
  base::set_threads(1);
  const at::Tensor normal = normal_tensor({3, 200, 333}, kStream);
  const at::Tensor uniform = uniform_tensor({3, 200, 333}, kStream);
  base::set_threads(7);
  EXPECT_TRUE(normal.equal(normal_tensor({3, 200, 333}, kStream)));
  EXPECT_TRUE(uniform.equal(uniform_tensor({3, 200, 333}, kStream)));
  base::set_threads(threads);
}

TEST(Noise, HasItsMomentsAndNoRepeatedBlocks) {
  const at::Tensor normal = normal_tensor({500000}, kStream);
  EXPECT_NEAR(normal.mean().item<double>(), 0, 0.01);
  EXPECT_NEAR(normal.std().item<double>(), 1, 0.01);
  EXPECT_NEAR(normal.pow(4).mean().item<double>(), 3, 0.1);
  const at::Tensor uniform = uniform_tensor({500000}, kStream);
  EXPECT_GE(uniform.min().item<float>(), 0);
  EXPECT_LT(uniform.max().item<float>(), 1);
  EXPECT_NEAR(uniform.mean().item<double>(), 0.5, 0.005);
  const at::Tensor blocks = uniform.narrow(0, 0, 491520).view({15, 32768});
  EXPECT_FALSE(blocks[0].equal(blocks[1]));
  const at::Tensor normalised = blocks - 0.5;
  EXPECT_LT((normalised[3] * normalised[4]).mean().abs().item<double>(), 0.005);
}

TEST(Noise, StreamsDifferAndOddSizesWork) {
  EXPECT_FALSE(normal_tensor({10}, kStream).equal(normal_tensor({10}, kStream.at(1))));
  EXPECT_EQ(normal_tensor({0, 3}, kStream).numel(), 0);
  EXPECT_EQ(normal_tensor({}, kStream).dim(), 0);
  EXPECT_EQ(uniform_tensor({1, 32769}, kStream).size(1), 32769);
}

TEST(Noise, PartsAreThoseOfTheWhole) {
  const at::Tensor normal = normal_tensor({70001}, kStream);
  const at::Tensor uniform = uniform_tensor({70001}, kStream);
  for (const std::int64_t first : {0, 7, 32760, 32767, 65536}) {
    at::Tensor part = torch::empty({4000});
    const std::span<float> values(part.data_ptr<float>(), 4000);
    normal_values(kStream, first, values);
    EXPECT_TRUE(part.equal(normal.narrow(0, first, 4000))) << first;
    uniform_values(kStream, first, values);
    EXPECT_TRUE(part.equal(uniform.narrow(0, first, 4000))) << first;
  }
}

// Seeds are promises: a picture made by one version is made again by the next.
TEST(Noise, NumbersStayTheSameAcrossVersions) {
  base::RandomStream second_block = kStream.at(1);
  EXPECT_EQ(uniform_tensor({32769}, kStream)[32768].item<float>(), second_block.uniform());
}

}  // namespace
}  // namespace clipguide::imaging
