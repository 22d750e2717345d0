#include "clipguide/canvas/palette_canvas.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "canvas/streams.h"
#include "clipguide/base/error.h"

namespace clipguide::canvas {
namespace {

CanvasOptions palette_options(const std::string& colours, int cell_px = 4) {
  CanvasOptions options;
  options.height_px = 40;
  options.width_px = 48;
  options.colours = colours;
  options.cell_px = cell_px;
  return options;
}

std::set<std::array<float, 3>> colours_in(const at::Tensor& picture) {
  const at::Tensor pixels = picture[0].flatten(1).t().contiguous();
  std::set<std::array<float, 3>> found;
  for (std::int64_t i = 0; i < pixels.size(0); ++i) {
    const float* pixel = pixels[i].data_ptr<float>();
    found.insert({pixel[0], pixel[1], pixel[2]});
  }
  return found;
}

TEST(PaletteCanvas, AtTheEndEachCellHasOneOfTheColours) {
  for (const char* colours : {"5", "16", "#000000,#ff8000,#ffffff"}) {
    PaletteCanvas canvas(palette_options(colours));
    canvas.add_noise(kStreams, 1);
    const std::size_t count = std::size_t(parse_palette(colours).count);
    EXPECT_GT(colours_in(canvas.render().picture.detach()).size(), count) << "soft at first";
    canvas.set_progress(1);
    const at::Tensor picture = canvas.render().picture.detach();
    EXPECT_EQ(colours_in(picture).size(), count) << colours;
    const at::Tensor cell = picture.slice(2, 8, 12).slice(3, 20, 24);
    EXPECT_TRUE(torch::equal(cell, cell.slice(2, 0, 1).slice(3, 0, 1).expand_as(cell)));
  }
}

TEST(PaletteCanvas, TheMixtureHardensTowardsTheChoice) {
  PaletteCanvas canvas(palette_options("8"));
  canvas.add_noise(kStreams, 1);
  canvas.set_progress(1);
  const at::Tensor hard = canvas.render().picture.detach();
  double last = 1;
  for (const double progress : {0.0, 0.3, 0.6, 0.99}) {
    canvas.set_progress(progress);
    const double apart =
        (canvas.render().picture.detach() - hard).square().mean().sqrt().item<double>();
    EXPECT_LT(apart, last) << progress;
    last = apart;
  }
  EXPECT_LT(last, 0.1);
}

TEST(PaletteCanvas, GivenColoursAreUsedAndNotLearned) {
  PaletteCanvas canvas(palette_options("#102030,#a0b0c0"));
  EXPECT_EQ(canvas.parameters().size(), 1u);
  canvas.add_noise(kStreams, 1);
  canvas.set_progress(1);
  const auto found = colours_in(canvas.render().picture.detach() * 255);
  EXPECT_NEAR((*found.begin())[0], 0x10, 1e-3);
  EXPECT_NEAR((*found.rbegin())[2], 0xc0, 1e-3);
}

TEST(PaletteCanvas, FitFindsThePicturesOwnColours) {
  at::Tensor picture = torch::full({1, 3, 40, 48}, 0.25);
  picture.slice(2, 0, 20).select(1, 0).fill_(0.9);
  picture.slice(3, 24, 48).select(1, 2).fill_(0.6);
  PaletteCanvas canvas(palette_options("4"));
  canvas.fit(picture);
  canvas.set_progress(1);
  EXPECT_LT((canvas.render().picture - picture).abs().max().item<float>(), 2e-3);
}

TEST(PaletteCanvas, ACellBeginsWhereThePictureDoes) {
  CanvasOptions options = palette_options("6", 5);
  options.margin_px = 7;
  PaletteCanvas canvas(options);
  canvas.add_noise(kStreams, 1);
  canvas.set_progress(1);
  const at::Tensor row = canvas.render().picture.detach()[0].select(1, 20);  // [3, W]
  const at::Tensor changes = (row.diff(1, 1).abs().sum(0) > 0).nonzero().flatten() + 1;
  ASSERT_GT(changes.numel(), 3);
  EXPECT_TRUE((changes.remainder(5) == 7 % 5).all().item<bool>()) << changes;
}

TEST(PaletteCanvas, LargerCellsStaySharp) {
  PaletteCanvas canvas(palette_options("6"));
  canvas.add_noise(kStreams, 1);
  canvas.set_progress(1);
  const at::Tensor picture = canvas.render().picture.detach();
  const int height = int(picture.size(2)), width = int(picture.size(3));
  EXPECT_TRUE(torch::equal(canvas.render_enlarged({.height_px = 2 * height, .width_px = 2 * width}),
                           picture.repeat_interleave(2, 2).repeat_interleave(2, 3)));
  // Cells of 4 at one and a half times their size.
  const at::Tensor cells = picture.slice(2, 0, {}, 4).slice(3, 0, {}, 4);
  EXPECT_TRUE(
      torch::equal(canvas.render_enlarged({.height_px = height * 3 / 2, .width_px = width * 3 / 2}),
                   cells.repeat_interleave(6, 2).repeat_interleave(6, 3)));
}

TEST(PaletteCanvas, RefusesOtherColours) {
  for (const char* colours : {"", "1", "257", "-3", "3.5", "#123456", "#12345", "#12345g,#000000",
                              "red,blue", "#000000,", "#000000;#ffffff"})
    EXPECT_THROW(parse_palette(colours), base::UsageError) << colours;
  EXPECT_THROW(PaletteCanvas(palette_options("4", 0)), base::UsageError);
  EXPECT_THROW(PaletteCanvas(palette_options("4", 41)), base::UsageError);
}

}  // namespace
}  // namespace clipguide::canvas
