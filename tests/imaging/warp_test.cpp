#include "clipguide/imaging/warp.h"

#include <gtest/gtest.h>

#include <limits>

#include "clipguide/base/error.h"

namespace clipguide::imaging {
namespace {

constexpr Kernel kKernels[] = {Kernel::bicubic, Kernel::bilinear};

at::Tensor random_picture(int height, int width) {
  torch::manual_seed(3);
  return torch::rand({2, 3, height, width}, torch::kFloat64);
}

double apart(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(Warp, without_motion_is_the_identity) {
  const at::Tensor picture = random_picture(7, 9);
  for (const Kernel kernel : kKernels)
    for (const Border border : {Border::reflect, Border::wrap})
      EXPECT_TRUE(torch::equal(warp(picture, {}, border, kernel), picture));
}

TEST(Warp, pans_over_the_edge_to_the_other_side_or_into_the_mirror) {
  const at::Tensor picture = random_picture(8, 10);
  for (const Kernel kernel : kKernels) {
    const at::Tensor wrapped = warp(picture, {.pan_x = 0.3, .pan_y = -0.25}, Border::wrap, kernel);
    EXPECT_LT(apart(wrapped, picture.roll({2, -3}, {2, 3})), 1e-9)
        << "right is seen, so it goes left";
    const at::Tensor mirrored = warp(picture, {.pan_x = 0.3}, Border::reflect, kernel);
    EXPECT_LT(apart(mirrored.narrow(3, 0, 7), picture.narrow(3, 3, 7)), 1e-9);
    EXPECT_LT(apart(mirrored.narrow(3, 7, 3), picture.narrow(3, 7, 3).flip(3)), 1e-9);
    // Twice as far as the picture is wide: past its mirror image, it begins anew.
    EXPECT_LT(apart(warp(picture, {.pan_x = 2}, Border::reflect, kernel), picture), 1e-9);
  }
}

TEST(Warp, a_quarter_turn_goes_clockwise_and_is_exact_in_a_square) {
  const at::Tensor picture = random_picture(6, 6);
  for (const Kernel kernel : kKernels)
    EXPECT_LT(apart(warp(picture, {.rotate_deg = 90}, Border::reflect, kernel),
                    torch::rot90(picture, -1, {2, 3})),
              1e-9);
}

TEST(Warp, a_zoom_keeps_the_middle_and_makes_slopes_flatter) {
  // A plane through the picture: both kernels give planes back exactly, away from the edge.
  const at::Tensor x = torch::arange(21, torch::kFloat64).view({1, 1, 1, 21}) - 10;
  const at::Tensor y = torch::arange(17, torch::kFloat64).view({1, 1, 17, 1}) - 8;
  const at::Tensor plane = 0.3 * x - 0.2 * y + 5;
  for (const Kernel kernel : kKernels)
    EXPECT_LT(apart(warp(plane, {.zoom = 2}, Border::reflect, kernel), 0.15 * x - 0.1 * y + 5),
              1e-9);
}

TEST(Warp, there_and_back_again_is_nearly_the_same_and_cubic_nearer_than_linear) {
  const at::Tensor x = torch::arange(32, torch::kFloat64).view({1, 1, 1, 32});
  const at::Tensor waves = ((x * 0.6).sin() + (x.view({1, 1, 32, 1}) * 0.5).cos()) / 4 + 0.5;
  double error[2];
  for (const Kernel kernel : kKernels) {
    const at::Tensor there = warp(waves, {.zoom = 1.1, .rotate_deg = 7}, Border::reflect, kernel);
    const at::Tensor back =
        warp(there, {.zoom = 1 / 1.1, .rotate_deg = -7}, Border::reflect, kernel);
    error[kernel == Kernel::bilinear] =
        apart(back.slice(2, 8, 24).slice(3, 8, 24), waves.slice(2, 8, 24).slice(3, 8, 24));
  }
  EXPECT_LT(error[0], 0.01);
  EXPECT_LT(error[0], error[1]);
}

TEST(Warp, a_grey_picture_stays_grey) {
  const at::Tensor grey = torch::full({1, 3, 5, 1}, 0.4);
  for (const Kernel kernel : kKernels)
    for (const Border border : {Border::reflect, Border::wrap})
      EXPECT_LT(apart(warp(grey, {1.3, 0.21, -3.7, 33}, border, kernel), grey), 1e-6);
}

TEST(Warp, its_gradient_is_that_of_finite_differences) {
  at::Tensor picture = random_picture(5, 6).requires_grad_();
  const at::Tensor weights = random_picture(5, 6).flip(2);
  const Motion motion{1.2, 0.13, 0.05, 12};
  const auto value = [&](const at::Tensor& of) {
    return (warp(of, motion, Border::reflect, Kernel::bicubic) * weights).sum();
  };
  value(picture).backward();
  const at::Tensor direction = random_picture(5, 6).roll(1, 3) - 0.5;
  const double step = 1e-4;
  const torch::NoGradGuard no_grad;
  const double difference =
      (value(picture + step * direction) - value(picture - step * direction)).item<double>() /
      (2 * step);
  EXPECT_NEAR((picture.grad() * direction).sum().item<double>(), difference, 1e-6);
}

TEST(Warp, refuses_what_is_not_a_picture_or_not_a_motion) {
  const at::Tensor picture = random_picture(4, 4);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(warp(picture[0], {}, Border::wrap, Kernel::bicubic), base::ShapeError);
  EXPECT_THROW(warp(picture, {.zoom = 0}, Border::wrap, Kernel::bicubic), base::UsageError);
  EXPECT_THROW(warp(picture, {.zoom = nan}, Border::wrap, Kernel::bicubic), base::UsageError);
  EXPECT_THROW(warp(picture, {.pan_x = nan}, Border::wrap, Kernel::bicubic), base::UsageError);
}

}  // namespace
}  // namespace clipguide::imaging
