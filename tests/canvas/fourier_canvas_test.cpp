#include "clipguide/canvas/fourier_canvas.h"

#include <gtest/gtest.h>

#include <cmath>

#include "clipguide/imaging/colour.h"

namespace clipguide::canvas {
namespace {

TEST(FourierCanvas, UnitSpectrumRendersUnitDeviation) {
  CanvasOptions options;
  options.height_px = 96;
  options.width_px = 128;
  double sum = 0;
  for (int seed = 0; seed < 8; ++seed) {
    FourierCanvas canvas(options);
    const std::vector<base::RandomStream> streams = {
        base::RandomStream(std::uint64_t(seed), "init")};
    canvas.add_noise(streams, 4);  // four times a quarter
    const at::Tensor values = canvas.render().picture.detach().to(torch::kDouble).logit();
    sum += imaging::decorrelate_colours(values).square().mean().item<double>();
  }
  EXPECT_NEAR(std::sqrt(sum / 8), 1, 0.1);
}

TEST(FourierCanvas, SpectrumFallsByItsDecay) {
  CanvasOptions options;
  options.height_px = options.width_px = 128;
  options.decay = 1;
  FourierCanvas canvas(options);
  const std::vector<base::RandomStream> streams = {base::RandomStream(1, "init")};
  canvas.add_noise(streams, 0.1);  // small: the sigmoid stays linear
  const at::Tensor power = torch::fft::rfft2(canvas.render().picture.detach() - 0.5).abs().square();
  const auto mean_power = [&](double from, double to) {
    const at::Tensor fy = at::fft_fftfreq(128).unsqueeze(1);
    const at::Tensor fx = at::fft_rfftfreq(128).unsqueeze(0);
    const at::Tensor f = (fy.square() + fx.square()).sqrt();
    const at::Tensor band = ((f >= from) * (f < to)).to(torch::kFloat);
    return (power * band).sum().item<double>() / (3 * band.sum().item<double>());
  };
  // Twice the frequency: amplitude halves, power quarters.
  EXPECT_NEAR(mean_power(0.18, 0.22) / mean_power(0.09, 0.11), 0.25, 0.06);
}

}  // namespace
}  // namespace clipguide::canvas
