#include "clipguide/canvas/wavelet_canvas.h"

#include <gtest/gtest.h>

#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/imaging/colour.h"

namespace clipguide::canvas {
namespace {

CanvasOptions options_of(int height, int width, const std::string& wavelet) {
  CanvasOptions options;
  options.height_px = height;
  options.width_px = width;
  options.wavelet = wavelet;
  return options;
}

TEST(WaveletCanvas, UnitBandsRenderUnitDeviation) {
  for (const char* wavelet : {"haar", "coif2", "cdf97"}) {
    double sum = 0;
    for (int seed = 0; seed < 8; ++seed) {
      WaveletCanvas canvas(options_of(96, 128, wavelet));
      const std::vector<base::RandomStream> streams = {
          base::RandomStream(std::uint64_t(seed), "init")};
      canvas.add_noise(streams, 4);  // four times a quarter
      const at::Tensor values = canvas.render().picture.detach().to(torch::kDouble).logit();
      sum += imaging::decorrelate_colours(values).square().mean().item<double>();
    }
    EXPECT_NEAR(std::sqrt(sum / 8), 1, 0.15) << wavelet;
  }
}

TEST(WaveletCanvas, ACoefficientDrawsInOnePlace) {
  WaveletCanvas canvas(options_of(64, 64, "coif2"));
  {
    const torch::NoGradGuard no_grad;
    at::Tensor finest = canvas.parameters().back().tensor;
    finest.index_put_({0, 0, 0, 16, 16}, 1000);
  }
  const at::Tensor drawn = (canvas.render().picture.detach() - 0.5).abs().sum(1)[0];
  EXPECT_GT(drawn.slice(0, 28, 37).slice(1, 28, 37).max().item<float>(), 1e-2);
  EXPECT_LT(drawn.slice(0, 0, 20).max().item<float>(), 1e-5);
  EXPECT_LT(drawn.slice(1, 46, 64).max().item<float>(), 1e-5);
}

TEST(WaveletCanvas, EveryFamilyFitsAPicture) {
  const at::Tensor picture = torch::linspace(0.1, 0.9, 3 * 33 * 20).view({1, 3, 33, 20});
  for (const std::string& name : imaging::wavelet_names()) {
    WaveletCanvas canvas(options_of(33, 20, name));
    canvas.fit(picture);
    EXPECT_LT((canvas.render().picture - picture).abs().max().item<float>(), 1e-4) << name;
  }
  EXPECT_THROW(WaveletCanvas(options_of(33, 20, "morlet")), base::UsageError);
}

}  // namespace
}  // namespace clipguide::canvas
