#include "clipguide/imaging/wavelet.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "clipguide/base/error.h"
#include "clipguide/imaging/noise.h"

namespace clipguide::imaging {
namespace {

at::Tensor some_picture(std::vector<std::int64_t> shape) {
  return normal_tensor(shape, base::RandomStream(3, "picture")).to(torch::kFloat64);
}

double energy(const WaveletBands& bands) {
  double sum = bands.approximation.square().sum().item<double>();
  for (const at::Tensor& detail : bands.details) sum += detail.square().sum().item<double>();
  return sum;
}

// What defines the filters: each is its pair's inverse, passes a constant, and its high pass
// ignores polynomials up to a degree that is the family's number.
TEST(Wavelet, TapsSatisfyTheEquationsThatDefineThem) {
  const std::map<std::string, int> moments = {{"haar", 1},  {"db2", 2},   {"db4", 4},  {"sym4", 4},
                                              {"coif2", 4}, {"cdf53", 2}, {"cdf97", 4}};
  for (const std::string& name : wavelet_names()) {
    SCOPED_TRACE(name);
    const Wavelet& wavelet = find_wavelet(name);
    for (int shift = -8; shift <= 8; ++shift) {
      double product = 0;
      for (int n = -16; n <= 16; ++n)
        product += wavelet.synthesis.at(n) * wavelet.analysis.at(n + 2 * shift);
      EXPECT_NEAR(product, shift == 0 ? 1 : 0, 1e-10) << shift;
    }
    for (const WaveletFilter* filter : {&wavelet.analysis, &wavelet.synthesis}) {
      double sum = 0;
      for (const double tap : filter->taps) sum += tap;
      EXPECT_NEAR(sum, std::sqrt(2.0), 1e-10);
    }
    for (int degree = 0; degree < moments.at(name); ++degree) {
      double moment = 0;
      for (int n = -16; n <= 16; ++n)
        moment += (n % 2 == 0 ? 1 : -1) * wavelet.synthesis.at(n) * std::pow(n, degree);
      EXPECT_NEAR(moment, 0, 1e-8) << degree;
    }
  }
}

TEST(Wavelet, GivesBackPicturesOfAnySize) {
  for (const std::string& name : wavelet_names())
    for (const auto& [height, width] :
         {std::pair{32, 32}, {33, 47}, {8, 21}, {5, 64}, {4, 4}, {3, 9}, {100, 75}}) {
      const at::Tensor picture = some_picture({2, 3, height, width});
      const Wavelet& wavelet = find_wavelet(name);
      const at::Tensor back =
          synthesise_wavelet(analyse_wavelet(picture, wavelet), wavelet, height, width);
      EXPECT_LT((back - picture).abs().max().item<double>(), 1e-9)
          << name << " " << height << "x" << width;
      const at::Tensor single = synthesise_wavelet(
          analyse_wavelet(picture.to(torch::kFloat32), wavelet), wavelet, height, width);
      EXPECT_LT((single - picture).abs().max().item<double>(), 1e-5) << name;
    }
}

TEST(Wavelet, OrthogonalOnesKeepTheEnergy) {
  const at::Tensor picture = some_picture({1, 3, 32, 64});
  const double expected = picture.square().sum().item<double>();
  for (const char* name : {"haar", "db2", "db4", "sym4", "coif2"})
    EXPECT_NEAR(energy(analyse_wavelet(picture, find_wavelet(name))) / expected, 1, 1e-9) << name;
}

TEST(Wavelet, ASmoothPictureHasItsEnergyInTheCoarseBands) {
  const at::Tensor ramp = torch::linspace(0, 1, 64, torch::kFloat64).view({1, 1, 64, 1}) +
                          torch::zeros({1, 3, 64, 64}, torch::kFloat64);
  const WaveletBands bands = analyse_wavelet(ramp, find_wavelet("db2"));
  // Away from where the picture repeats, a straight slope has no detail; and none across.
  const at::Tensor finest = bands.details.back();
  EXPECT_LT(finest.slice(3, 4, 28).abs().max().item<double>(), 1e-9);
  EXPECT_LT(finest.select(2, 1).abs().max().item<double>(), 1e-9);
  EXPECT_GT(finest.abs().max().item<double>(), 0.1);
}

TEST(Wavelet, HalvesUntilASideIsBelowFourPixels) {
  const std::vector<WaveletLevel> levels = wavelet_levels(33, 20);
  ASSERT_EQ(levels.size(), 3u);
  EXPECT_EQ(levels[2].band_height(), 17);
  EXPECT_EQ(levels[0].height, 9);
  EXPECT_EQ(levels[0].width, 5);
  EXPECT_EQ(levels[0].band_width(), 3);
}

TEST(Wavelet, RefusesWhatDoesNotFit) {
  const Wavelet& haar = find_wavelet("haar");
  EXPECT_THROW(find_wavelet("db3"), base::UsageError);
  EXPECT_THROW(analyse_wavelet(torch::zeros({3, 8, 8}), haar), base::ShapeError);
  const WaveletBands bands = analyse_wavelet(torch::zeros({1, 3, 16, 16}), haar);
  EXPECT_THROW(synthesise_wavelet(bands, haar, 32, 32), base::ShapeError);
  EXPECT_THROW(synthesise_wavelet(bands, haar, 16, 24), base::ShapeError);
}

}  // namespace
}  // namespace clipguide::imaging
