#include "clipguide/canvas/siren_canvas.h"

#include <gtest/gtest.h>

#include "canvas/streams.h"
#include "clipguide/base/error.h"

namespace clipguide::canvas {
namespace {

CanvasOptions options_of(int height, int width) {
  CanvasOptions options;
  options.height_px = height;
  options.width_px = width;
  return options;
}

std::vector<at::Tensor> values(const Canvas& canvas) {
  std::vector<at::Tensor> all;
  for (const NamedParameter& parameter : canvas.parameters())
    all.push_back(parameter.tensor.detach());
  return all;
}

TEST(SirenCanvas, IsTheSamePictureAtEverySize) {
  SirenCanvas canvas(options_of(40, 64)), larger(options_of(120, 192));
  canvas.add_noise(kStreams, 4);
  restore(larger, values(canvas));
  const at::Tensor picture = larger.render().picture.detach();
  EXPECT_TRUE(torch::allclose(canvas.render_enlarged({.height_px = 120, .width_px = 192}), picture,
                              0, 1e-4));
  // Any size, and a part of it: what lies within a margin of 4 of the small one is that within 12.
  EXPECT_TRUE(
      torch::allclose(canvas.render_enlarged({.margin_px = 4, .height_px = 96, .width_px = 168}),
                      picture.slice(2, 12, 108).slice(3, 12, 180), 0, 1e-4));
  SirenCanvas odd(options_of(65, 104));  // 40 x 64 at 1.625
  restore(odd, values(canvas));
  EXPECT_TRUE(torch::allclose(canvas.render_enlarged({.height_px = 65, .width_px = 104}),
                              odd.render().picture, 0, 1e-4));
  EXPECT_TRUE(torch::allclose(at::avg_pool2d(picture, 3), canvas.render().picture, 0, 0.05));
  EXPECT_GT(picture.std().item<float>(), 0.1);
}

TEST(SirenCanvas, FitsALargePictureFromSomeOfItsPixels) {
  CanvasOptions options = options_of(130, 140);  // more pixels than one step of the fit looks at
  options.siren_width = 24;
  SirenCanvas canvas(options);
  const at::Tensor y = torch::linspace(0, 1, 130).view({130, 1});
  const at::Tensor x = torch::linspace(0, 1, 140).view({1, 140});
  const at::Tensor disc =
      (20 * (0.25 - ((x - 0.4).square() + (y - 0.5).square()).sqrt())).sigmoid();
  const at::Tensor picture =
      torch::stack({0.2 + 0.6 * disc, 0.1 + 0.8 * x + 0 * y, 0.5 + 0.3 * y + 0 * x}).unsqueeze(0);
  canvas.fit(picture);
  EXPECT_LT((canvas.render().picture - picture).square().mean().sqrt().item<double>(), 0.06);
}

TEST(SirenCanvas, EarlyLayersWaitWhileOnlyCoarseDetailIsLetThrough) {
  const SirenCanvas canvas(options_of(32, 32));
  const auto share = [&](std::size_t parameter, double bandwidth) {
    const at::Tensor update = torch::ones_like(canvas.parameters()[parameter].tensor);
    return canvas.limit_update(parameter, update, bandwidth).max().item<float>();
  };
  EXPECT_LT(share(0, 1.0 / 64), 1e-6);
  EXPECT_LT(share(0, 0.25), share(0, 0.5));
  EXPECT_LT(share(2, 0.1), share(4, 0.1));
  EXPECT_EQ(share(canvas.parameters().size() - 1, 1.0 / 64), 1);
}

TEST(SirenCanvas, RefusesANetworkOfNothing) {
  CanvasOptions options = options_of(16, 16);
  options.siren_width = 0;
  EXPECT_THROW(SirenCanvas{options}, base::UsageError);
  options = options_of(16, 16);
  options.siren_layers = 0;
  EXPECT_THROW(SirenCanvas{options}, base::UsageError);
}

}  // namespace
}  // namespace clipguide::canvas
