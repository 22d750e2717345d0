#include "clipguide/imaging/spectrum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "clipguide/base/parallel.h"
#include "clipguide/imaging/lane_fft.h"
#include "support/compare.h"

namespace clipguide::imaging {
namespace {

at::Tensor random_pictures(int count, int height, int width) {
  torch::manual_seed(5);
  return at::randn({count, 3, height, width});
}

TEST(Fft, AgreesWithTheDefinitionForEveryFactorAndInstructionSet) {
  for (const int length : {1, 2, 3, 4, 5, 7, 8, 11, 13, 30, 60, 144, 432, 2 * 3 * 5 * 7 * 11}) {
    const FftPlan plan(length);
    const at::Tensor in = at::randn({2, kFftLanes, length}, at::kDouble);
    const at::Tensor want = at::fft_fft(at::complex(in[0], in[1]));
    for (const auto set : {base::InstructionSet::portable, base::InstructionSet::avx2}) {
      if (!base::is_supported(set)) continue;
      const FftRoom room(length);
      FftSignals s = room.signals();
      for (int i = 0; i < length; ++i)
        for (int lane = 0; lane < kFftLanes; ++lane) {
          s.re[i][lane] = in[0][lane][i].item<float>();
          s.im[i][lane] = in[1][lane][i].item<float>();
        }
      fft(plan, s, set);
      at::Tensor re = at::empty({kFftLanes, length}), im = at::empty({kFftLanes, length});
      for (int i = 0; i < length; ++i)
        for (int lane = 0; lane < kFftLanes; ++lane) {
          re[lane][i] = s.re[i][lane];
          im[lane][i] = s.im[i][lane];
        }
      const at::Tensor got = at::view_as_real(at::complex(re, im));
      EXPECT_TRUE(test::close_to(got, at::view_as_real(want), 2e-6))
          << length << " " << base::name(set);
    }
  }
}

TEST(Fft, KnowsWhichLengthsSuitIt) {
  for (const int length : {1, 8, 432, 480, 1001}) EXPECT_TRUE(FftPlan::suits(length)) << length;
  for (const int length : {0, 17, 2 * 241}) EXPECT_FALSE(FftPlan::suits(length)) << length;
}

TEST(BlurToBandwidth, AgreesWithTheOperators) {
  for (const auto& [height, width] :
       {std::pair{48, 48}, {45, 64}, {64, 45}, {33, 7}, {1, 40}, {40, 1}, {91, 121}, {432, 432}})
    for (const double bandwidth : {1.0 / 64, 0.1, 0.3, 0.42, 0.8, 0.999}) {
      const at::Tensor pictures = random_pictures(2, height, width);
      const at::Tensor got = blur_to_bandwidth(pictures, bandwidth);
      const at::Tensor want = blur_to_bandwidth_by_operators(pictures.to(at::kDouble), bandwidth);
      EXPECT_TRUE(test::close_to(got, want, 1e-5)) << height << "x" << width << " " << bandwidth;
    }
}

TEST(BlurToBandwidth, TakesTheOperatorsWhereItMust) {
  const at::Tensor odd = random_pictures(1, 17, 34);  // 17: too large a factor
  EXPECT_TRUE(
      test::close_to(blur_to_bandwidth(odd, 0.3), blur_to_bandwidth_by_operators(odd, 0.3), 1e-6));
  const at::Tensor leaf = random_pictures(1, 16, 16).requires_grad_();
  const at::Tensor weights = at::randn_like(leaf);
  const at::Tensor got =
      torch::autograd::grad({(blur_to_bandwidth(leaf, 0.3) * weights).sum()}, {leaf})[0];
  // The blur is its own adjoint.
  EXPECT_TRUE(test::close_to(got, blur_to_bandwidth(weights.detach(), 0.3), 1e-5));
}

TEST(BlurToBandwidth, LetsSlowWavesPassAndStopsFastOnes) {
  const at::Tensor x = at::arange(64).to(at::kFloat).view({1, 1, 1, 64}).expand({1, 3, 64, 64});
  const at::Tensor slow = at::cos(x * (2 * M_PI * 2 / 64)),
                   fast = at::cos(x * (2 * M_PI * 24 / 64));
  const at::Tensor passed = blur_to_bandwidth(slow + fast, 0.125);  // up to 4 waves
  EXPECT_TRUE(test::close_to(passed, slow, 1e-5));
  EXPECT_TRUE(at::equal(blur_to_bandwidth(fast, 1), fast));
}

TEST(BlurToBandwidth, DependsNeitherOnThreadsNorOnTheRestOfTheBatch) {
  const at::Tensor pictures = random_pictures(3, 120, 90);
  const int threads = base::threads();
  const at::Tensor first = blur_to_bandwidth(pictures, 0.2);
  for (const int count : {1, 2, 7}) {
    base::set_threads(count);
    EXPECT_TRUE(at::equal(blur_to_bandwidth(pictures, 0.2), first)) << count;
    EXPECT_TRUE(at::equal(blur_to_bandwidth(pictures.narrow(0, 1, 1), 0.2), first.narrow(0, 1, 1)));
  }
  base::set_threads(threads);
}

}  // namespace
}  // namespace clipguide::imaging
