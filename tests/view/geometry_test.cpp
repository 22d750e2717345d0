#include "clipguide/view/geometry.h"

#include <gtest/gtest.h>

#include <array>
#include <numbers>
#include <vector>

#include "clipguide/view/footprint.h"

namespace clipguide::view {
namespace {

void expect_at(const Homography& map, Point from, Point to) {
  const Point got = apply(map, from);
  EXPECT_NEAR(got.x, to.x, 1e-12);
  EXPECT_NEAR(got.y, to.y, 1e-12);
}

TEST(Geometry, ProductAppliesTheInnerMapFirst) {
  expect_at(scaling(2, 3) * translation(1, 1), {0, 0}, {2, 3});
  expect_at(translation(1, 1) * scaling(2, 3), {1, 1}, {3, 4});
}

TEST(Geometry, WindowPutsTheUnitSquareOnTheCanvas) {
  const Homography map = window({100, 50}, 40, 20);
  expect_at(map, {0, 0}, {80, 40});
  expect_at(map, {1, 1}, {120, 60});
}

TEST(Geometry, AboutCentreKeepsTheCentre) {
  const Homography map = about_centre(rotation(std::numbers::pi / 2) * scaling(0.5, 0.5));
  expect_at(map, {0.5, 0.5}, {0.5, 0.5});
  expect_at(map, {1, 0.5}, {0.5, 0.75});
}

TEST(Geometry, MirrorSwapsLeftAndRight) { expect_at(mirror(), {0.2, 0.7}, {0.8, 0.7}); }

TEST(Geometry, SquareToQuadHitsAllFourCorners) {
  const std::array<Point, 4> quad{{{0.1, -0.05}, {0.8, 0.1}, {1.2, 0.9}, {-0.1, 1.1}}};
  const Homography map = square_to_quad(quad);
  expect_at(map, {0, 0}, quad[0]);
  expect_at(map, {1, 0}, quad[1]);
  expect_at(map, {1, 1}, quad[2]);
  expect_at(map, {0, 1}, quad[3]);
  EXPECT_FALSE(map.affine());
  EXPECT_TRUE(square_to_quad({{{0, 0}, {2, 0}, {2, 3}, {0, 3}}}).affine());
}

TEST(Footprint, AreaSharesAreMeansAndTheTransposeIsTheirAdjoint) {
  for (const auto& [fine, coarse] : std::vector<std::pair<int, int>>{
           {8, 4}, {9, 4}, {337, 168}, {3, 1}, {2, 1}, {1, 1}, {5, 2}}) {
    const std::vector<double> zeros(static_cast<std::size_t>(fine));
    std::vector<std::vector<double>> matrix(static_cast<std::size_t>(coarse), zeros);
    const auto shares = area_shares(fine, coarse);
    ASSERT_EQ(shares.size(), std::size_t(coarse));
    for (std::size_t i = 0; i < shares.size(); ++i) {
      double sum = 0;
      for (int k = 0; k < shares[i].count; ++k) {
        matrix[i][std::size_t(shares[i].first + k)] = shares[i].weight[k];
        sum += shares[i].weight[k];
      }
      EXPECT_NEAR(sum, 1, 1e-12) << fine << " to " << coarse << ", texel " << i;
    }
    const auto transposed = area_shares_transposed(fine, coarse);
    for (std::size_t k = 0; k < transposed.size(); ++k) {
      double sum = 0;  // every fine texel counts alike: nothing is lost at the edges
      for (int i = 0; i < transposed[k].count; ++i) {
        const std::size_t row = std::size_t(transposed[k].first + i);
        EXPECT_EQ(transposed[k].weight[i], matrix[row][k]);
        sum += transposed[k].weight[i];
      }
      EXPECT_NEAR(sum, double(coarse) / fine, 1e-12);
    }
  }
}

TEST(Footprint, PyramidSpansTheCanvasAtEveryLevel) {
  std::int64_t offset = 0;
  for (const Level& level : pyramid_levels(337, 50, 10)) {
    EXPECT_DOUBLE_EQ(level.scale_x, level.width / 337.0);
    EXPECT_DOUBLE_EQ(level.scale_y, level.height / 50.0);
    EXPECT_EQ(level.offset, offset);
    offset += std::int64_t(level.width) * level.height;
  }
}

TEST(Footprint, LevelsFollowTheScaleOfTheViews) {
  const auto levels = [](double window_px, int side) {
    const std::vector<Warp> warps{{window({1024, 1024}, window_px, window_px), Border::wrap}};
    return levels_needed(2048, 2048, warps, side);
  };
  EXPECT_EQ(levels(224, 224), 1);
  EXPECT_EQ(levels(447, 224), 1);
  EXPECT_EQ(levels(448, 224), 2);
  EXPECT_EQ(levels(2048, 224), 4);
  EXPECT_EQ(levels(100, 224), 1);
}

TEST(Footprint, RowExtentHoldsEveryCentreAndStepOfTheRow) {
  const Homography map = window({60, 70}, 200, 150) * about_centre(rotation(0.4)) *
                         square_to_quad({{{0.2, 0.1}, {0.9, -0.2}, {1.2, 1.1}, {0.1, 0.8}}});
  constexpr int kSide = 40;
  const PixelMap pixels(map, kSide);
  for (int row = 0; row < kSide; ++row) {
    const PixelMap::Extent extent = pixels.row_extent(row, kSide);
    for (int column = 0; column < kSide; ++column) {
      const PixelMap::Place place = pixels.at(column, row);
      EXPECT_GE(place.y, extent.low - 1e-9);
      EXPECT_LE(place.y, extent.high + 1e-9);
      EXPECT_LE(place.step_y, extent.step + 1e-9);
    }
  }
}

TEST(Footprint, StepsAreTheMapsDerivative) {
  const Homography map = window({60, 70}, 200, 150) *
                         square_to_quad({{{0.2, 0.1}, {0.9, -0.2}, {1.2, 1.1}, {0.1, 0.8}}});
  const PixelMap pixels(map, 40);
  constexpr double kStep = 1e-5;
  const auto here = pixels.at(13, 22), right = pixels.at(13 + kStep, 22),
             below = pixels.at(13, 22 + kStep);
  EXPECT_NEAR(here.step_x, std::hypot(right.x - here.x, below.x - here.x) / kStep, 1e-4);
  EXPECT_NEAR(here.step_y, std::hypot(right.y - here.y, below.y - here.y) / kStep, 1e-4);
}

}  // namespace
}  // namespace clipguide::view
