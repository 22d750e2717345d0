#include "clipguide/imaging/picture_measures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/imaging/layout.h"
#include "clipguide/imaging/noise.h"

namespace clipguide::imaging {
namespace {

/// Noise whose power falls as 1 / frequency^-slope.
at::Tensor noise_of_slope(double slope, int side) {
  const at::Tensor white = normal_tensor({3, side, side}, base::RandomStream(3, "noise"));
  const at::Tensor rows = torch::fft_fftfreq(side).unsqueeze(1),
                   columns = torch::fft_rfftfreq(side);
  const at::Tensor frequency = (rows.square() + columns.square()).sqrt().clamp_min(0.5 / side);
  const at::Tensor shaped = torch::fft_irfft2(torch::fft_rfft2(white) * frequency.pow(slope / 2),
                                              at::IntArrayRef{side, side});
  return 0.5 + 0.1 * shaped / shaped.std();
}

TEST(SpectralSlope, IsThatOfTheSpectrumDrawn) {
  for (double slope : {0.0, -1.0, -2.0, -3.0})
    EXPECT_NEAR(spectral_slope(noise_of_slope(slope, 256)), slope, 0.35) << slope;
  EXPECT_EQ(spectral_slope(torch::full({3, 32, 32}, 0.4)), 0);
}

TEST(RadialPower, HasItsPeakWhereTheWaveIs) {
  const at::Tensor x = torch::arange(128, torch::kDouble);
  const at::Tensor wave = (0.5 + 0.4 * (2 * M_PI * x / 8).sin()).expand({3, 128, 128});
  const RadialPower rings = radial_power(wave, 24);
  ASSERT_EQ(rings.power.size(), rings.frequency.size());
  ASSERT_GT(rings.power.size(), 12u);
  EXPECT_TRUE(std::is_sorted(rings.frequency.begin(), rings.frequency.end()));
  EXPECT_GE(rings.frequency.front(), 2.0 / 128);
  EXPECT_LE(rings.frequency.back(), 0.5);
  const auto peak = std::max_element(rings.power.begin(), rings.power.end());
  EXPECT_NEAR(rings.frequency[std::size_t(peak - rings.power.begin())], 1.0 / 8, 0.02);
  EXPECT_GT(*peak, 100 * rings.power.front());
  for (const double power : radial_power(torch::full({3, 32, 32}, 0.3), 24).power)
    EXPECT_EQ(power, 0);
}

TEST(Repetition, TellsATiledPictureFromASingleSubject) {
  at::Tensor single = torch::full({3, 128, 128}, 0.9);
  const at::Tensor subject = 0.5 + 0.2 * normal_tensor({3, 32, 32}, base::RandomStream(5, "thing"));
  single.slice(1, 48, 80).slice(2, 48, 80).copy_(subject);
  at::Tensor tiled = torch::full({3, 128, 128}, 0.9);
  for (int row : {8, 72})
    for (int column : {8, 72})
      tiled.slice(1, row, row + 32).slice(2, column, column + 32).copy_(subject);
  EXPECT_LT(repetition(single), 0.4);
  EXPECT_GT(repetition(tiled), 0.9);
  EXPECT_EQ(repetition(torch::full({3, 64, 64}, 0.5)), 0);
}

TEST(Repetition, ALargeSmoothSubjectDoesNotRepeatItself) {
  Layout layout;
  layout.top = layout.bottom = {1, 1, 1};
  layout.blobs = {{{1, 0, 0}, 0.5f, 0.5f, 0.4f, 0.4f, 20}};
  EXPECT_LT(repetition(paint_layouts({layout}, 96, 96, 0)), 0.5);
}

TEST(Measures, RefuseWhatIsNoPicture) {
  EXPECT_THROW(repetition(torch::zeros({1, 64, 64})), base::ShapeError);
  EXPECT_THROW(spectral_slope(torch::zeros({3, 8, 64})), base::ShapeError);
}

TEST(Layout, IsDrawnFromItsStreamAlone) {
  const base::RandomStream stream(1, "layout");
  const auto painted = [&](std::uint64_t index, int margin) {
    return paint_layouts({draw_layout(stream.at(index))}, 40, 60, margin);
  };
  EXPECT_TRUE(torch::equal(painted(3, 0), painted(3, 0)));
  EXPECT_FALSE(torch::equal(painted(3, 0), painted(4, 0)));
  // The margin goes on beyond the same picture.
  const at::Tensor wide = painted(3, 10);
  ASSERT_EQ(wide.sizes(), (std::vector<std::int64_t>{1, 3, 60, 80}));
  EXPECT_TRUE(torch::equal(wide.slice(2, 10, 50).slice(3, 10, 70), painted(3, 0)));
  EXPECT_GE(wide.min().item<double>(), 0);
  EXPECT_LE(wide.max().item<double>(), 1);
}

}  // namespace
}  // namespace clipguide::imaging
