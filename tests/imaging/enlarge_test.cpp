#include "clipguide/imaging/enlarge.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/imaging/margin.h"
#include "clipguide/imaging/noise.h"
#include "clipguide/imaging/resample.h"

namespace clipguide::imaging {
namespace {

// Smooth enough that the cubic does not leave [0, 1].
at::Tensor some_picture(int height, int width) {
  const at::Tensor noise = uniform_tensor({2, 3, height, width}, base::RandomStream(3, "picture"));
  return 0.25 + 0.5 * noise;
}

TEST(Enlarge, IsTheResizeOfTheWholeButForTheEdges) {
  const at::Tensor picture = some_picture(20, 31);
  for (const auto& [height, width] : {std::pair{60, 93}, {47, 53}, {20, 40}}) {
    const at::Tensor large = enlarge(picture, {.height_px = height, .width_px = width});
    const at::Tensor resized = resize_bicubic(picture, height, width);
    EXPECT_TRUE(torch::allclose(without_margin(large, 8), without_margin(resized, 8), 0, 1e-5));
    EXPECT_LT((large - resized).abs().max().item<float>(), 0.3);
  }
  EXPECT_TRUE(torch::equal(enlarge(picture, {.height_px = 20, .width_px = 31}), picture));
}

TEST(Enlarge, AMarginIsSeenAndLeftOut) {
  const at::Tensor picture = some_picture(24, 30);
  const at::Tensor inner = enlarge(picture, {.margin_px = 5, .height_px = 28, .width_px = 40});
  const at::Tensor whole = enlarge(picture, {.height_px = 48, .width_px = 60});
  EXPECT_TRUE(torch::allclose(inner, without_margin(whole, 10), 0, 1e-6));
}

TEST(Enlarge, ATileHasNoSeam) {
  const at::Tensor tile = some_picture(16, 20);
  const Enlargement to = {.height_px = 40, .width_px = 50, .tile = true};
  const at::Tensor moved = enlarge(tile.roll({6, 8}, {2, 3}), to);
  EXPECT_TRUE(torch::allclose(enlarge(tile, to).roll({15, 20}, {2, 3}), moved, 0, 1e-6));
}

TEST(Enlarge, StaysInRange) {
  at::Tensor edge = torch::zeros({1, 3, 8, 8});
  edge.slice(3, 4).fill_(1);
  const at::Tensor large = enlarge(edge, {.height_px = 24, .width_px = 24});
  EXPECT_GE(large.min().item<float>(), 0);
  EXPECT_LE(large.max().item<float>(), 1);
}

TEST(Enlarge, RefusesWhatHasNoInside) {
  const at::Tensor picture = some_picture(8, 8);
  EXPECT_THROW(enlarge(picture, {.margin_px = 4, .height_px = 8, .width_px = 8}), base::ShapeError);
  EXPECT_THROW(enlarge(picture, {.height_px = 0, .width_px = 8}), base::ShapeError);
  EXPECT_THROW(enlarge(picture[0], {.height_px = 8, .width_px = 8}), base::ShapeError);
  EXPECT_THROW(enlarge(picture, {.margin_px = 1, .height_px = 8, .width_px = 8, .tile = true}),
               base::ShapeError);
}

}  // namespace
}  // namespace clipguide::imaging
