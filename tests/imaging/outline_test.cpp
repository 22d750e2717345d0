#include "clipguide/imaging/outline.h"

#include <gtest/gtest.h>

#include <cmath>

namespace clipguide::imaging {
namespace {

at::Tensor mask_of(int height, int width, std::initializer_list<std::pair<int, int>> cells) {
  at::Tensor mask = torch::zeros({height, width});
  for (const auto& [y, x] : cells) mask[y][x] = 1;
  return mask;
}

/// How much of an edge runs through which sides.
struct Reach {
  double left = 1e9, top = 1e9, right = -1e9, bottom = -1e9;
  explicit Reach(const Outline& outline) {
    for (const Point& point : outline) {
      left = std::min(left, point.x), right = std::max(right, point.x);
      top = std::min(top, point.y), bottom = std::max(bottom, point.y);
    }
  }
};

TEST(Outline, of_a_box_runs_round_its_pixels) {
  at::Tensor mask = torch::zeros({20, 30});
  mask.slice(0, 4, 14).slice(1, 7, 22).fill_(1);
  const std::vector<Outline> found = outlines_of(mask);
  ASSERT_EQ(found.size(), 1u);
  const Reach reach(found[0]);
  EXPECT_EQ(reach.left, 7);
  EXPECT_EQ(reach.right, 22);
  EXPECT_EQ(reach.top, 4);
  EXPECT_EQ(reach.bottom, 14);
  EXPECT_NEAR(area_of(found[0]), 150, 3) << "corners are cut by less than a pixel";
  EXPECT_LE(found[0].size(), 8u);
}

TEST(Outline, lies_between_pixels_where_the_mask_is_one_half) {
  // A soft edge: 0.8 beside 0.2 is one half in the middle of both, 0.6 beside 0.1 a fifth of a
  // pixel from the first one's centre.
  at::Tensor mask = torch::zeros({9, 9});
  mask.slice(1, 2, 5).fill_(0.8);
  mask.slice(1, 5, 6).fill_(0.2);
  mask.slice(1, 1, 2).fill_(0.6);
  mask.slice(1, 0, 1).fill_(0.1);
  const Reach reach(outlines_of(mask).at(0));
  EXPECT_NEAR(reach.right, 5, 0.051);
  EXPECT_NEAR(reach.left, 1.3, 0.051);
  EXPECT_EQ(reach.top, 0) << "what the picture cuts off ends at its edge";
  EXPECT_EQ(reach.bottom, 9);
}

TEST(Outline, of_a_disc_is_short_and_near) {
  const at::Tensor line = torch::arange(64) + 0.5;
  const at::Tensor far = ((line - 30).square().unsqueeze(0) + (line - 33).square().unsqueeze(1));
  const at::Tensor mask = (20.5 - far.sqrt()).clamp(0, 1);
  const std::vector<Outline> found = outlines_of(mask);
  ASSERT_EQ(found.size(), 1u);
  for (const Point& point : found[0]) EXPECT_NEAR(std::hypot(point.x - 30, point.y - 33), 20, 0.15);
  EXPECT_NEAR(area_of(found[0]) / (M_PI * 400), 1, 0.03);
  EXPECT_LT(found[0].size(), 40u);
}

TEST(Outline, parts_that_meet_at_a_corner_are_two) {
  const std::vector<Outline> found =
      outlines_of(mask_of(6, 6, {{1, 1}, {1, 2}, {2, 1}, {2, 2}, {3, 3}, {4, 3}, {3, 4}, {4, 4}}));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_LE(Reach(found[0]).right, 3);
  EXPECT_GE(Reach(found[1]).left, 3);
}

TEST(Outline, holes_are_filled) {
  at::Tensor ring = torch::zeros({30, 30});
  ring.slice(0, 5, 25).slice(1, 5, 25).fill_(1);
  ring.slice(0, 10, 20).slice(1, 10, 20).zero_();
  const std::vector<Outline> found = outlines_of(ring);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NEAR(area_of(found[0]), 400, 3);
}

TEST(Outline, follows_arms_that_are_a_pixel_wide) {
  // A plus sign: four arms, back along the other side of each.
  at::Tensor plus = torch::zeros({21, 21});
  plus[10].slice(0, 2, 19).fill_(1);
  plus.slice(0, 2, 19).select(1, 10).fill_(1);
  const std::vector<Outline> found = outlines_of(plus);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NEAR(area_of(found[0]), 33, 4);
  const Reach reach(found[0]);
  EXPECT_EQ(reach.left, 2);
  EXPECT_EQ(reach.bottom, 19);
}

TEST(Outline, of_all_and_of_nothing) {
  const std::vector<Outline> whole = outlines_of(torch::ones({10, 14}));
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_NEAR(area_of(whole[0]), 140, 2);
  EXPECT_TRUE(outlines_of(torch::zeros({10, 14})).empty());
  EXPECT_EQ(outlines_of(torch::ones({1, 1})).size(), 1u);
  EXPECT_EQ(area_of({}), 0);
}

}  // namespace
}  // namespace clipguide::imaging
