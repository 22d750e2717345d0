#include "clipguide/view/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/base/parallel.h"
#include "clipguide/view/sample_plan.h"
#include "view/compare.h"

namespace clipguide::view {
namespace {

constexpr Border kBorders[] = {Border::wrap, Border::reflect, Border::clamp, Border::grey};

at::Tensor random_picture(std::int64_t pictures, std::int64_t height, std::int64_t width,
                          at::ScalarType type = at::kDouble) {
  torch::manual_seed(5);
  return at::rand({pictures, 3, height, width}, type);
}

Homography whole(double height, double width) {
  return window({width / 2, height / 2}, width, height);
}

// Views of all kinds of a canvas: small and large, turned, skewed, squeezed, in perspective, near
// and beyond the edges, under every border rule.
std::vector<Warp> assorted_warps(double height, double width) {
  const Homography leaning =
      square_to_quad({{{0.15, -0.1}, {0.8, 0.12}, {1.2, 0.9}, {-0.17, 1.1}}});
  const std::vector<Homography> maps = {
      whole(height, width),
      whole(height, width) * about_centre(rotation(0.5)),
      window({width * 0.4, height * 0.6}, 7.3, 7.3) * about_centre(rotation(-2)),
      window({width * 0.9, height * 0.1}, width, width) * leaning * mirror(),
      window({width * 0.5, height * 0.5}, width * 3, height * 2.5) * about_centre(shearing(0.2, 0)),
      window({width * 0.3, height * 0.5}, width * 0.05, height) * leaning,
  };
  std::vector<Warp> warps;
  for (const Homography& map : maps)
    for (const Border border : kBorders) warps.push_back({map, border});
  return warps;
}

// Then the pyramid's finest levels are passed through alone.
TEST(Sampler, AgreesWithTheOperatorsWhereNoViewLooksClosely) {
  for (const auto& [height, width] : {std::pair{96, 96}, {95, 121}, {64, 73}})
    for (const double share : {1.0, 0.45}) {
      std::vector<Warp> warps;
      for (const Border border : kBorders)
        warps.push_back({window({width / 2.0, height / 2.0}, width * share, height * share) *
                             about_centre(rotation(0.3)),
                         border});
      constexpr int kSide = 8;
      const at::Tensor picture = random_picture(1, height, width).requires_grad_();
      EXPECT_GT(make_sample_plan(picture, warps, kSide).first_level, 0);
      const at::Tensor views = sample_views(picture, warps, kSide);
      const at::Tensor want = sample_views_by_operators(picture, warps, kSide);
      expect_close(views, want, 1e-12);
      const at::Tensor weights = at::randn_like(views);
      expect_close(gradient_of(views, picture, weights), gradient_of(want, picture, weights),
                   1e-12);
    }
}

TEST(Sampler, IsTheIdentityAtScaleOne) {
  const at::Tensor picture = random_picture(2, 37, 37, at::kFloat);
  for (const Border border : kBorders) {
    const std::vector<Warp> warps(2, Warp{whole(37, 37), border});
    expect_close(sample_views(picture, warps, 37).squeeze(1), picture, 1e-6);
  }
}

TEST(Sampler, WholeShiftsCopyTheRolledCanvas) {
  const at::Tensor picture = random_picture(1, 20, 24, at::kFloat);
  const std::vector<Warp> warps{{window({12 + 5, 10 - 7}, 20, 20), Border::wrap}};
  const at::Tensor rolled = at::roll(picture, {7, -5}, {2, 3});
  expect_close(sample_views(picture, warps, 20)[0], rolled.narrow(3, 2, 20), 1e-6);
}

class SamplerAgreement : public testing::TestWithParam<std::tuple<int, int, int>> {};

TEST_P(SamplerAgreement, OfTheTwoPathsAndTheirGradients) {
  const auto [height, width, side] = GetParam();
  std::vector<Warp> warps = assorted_warps(height, width);
  const at::Tensor picture = random_picture(2, height, width).requires_grad_();
  const at::Tensor ours = sample_views(picture, warps, side);
  const at::Tensor oracle = sample_views_by_operators(picture, warps, side);
  ASSERT_EQ(ours.sizes(),
            (std::vector<std::int64_t>{2, std::int64_t(warps.size()) / 2, 3, side, side}));
  expect_close(ours, oracle, 1e-12);
  const at::Tensor weights = at::randn_like(ours);
  const at::Tensor gradient = gradient_of(oracle, picture, weights);
  expect_close(gradient_of(ours, picture, weights), gradient,
               1e-12 * gradient.abs().max().item<double>() * 10);
}

TEST_P(SamplerAgreement, OfFloatAndDouble) {
  const auto [height, width, side] = GetParam();
  const std::vector<Warp> warps = assorted_warps(height, width);
  const at::Tensor picture = random_picture(1, height, width);
  const at::Tensor views = sample_views(picture.to(at::kFloat), warps, side);
  EXPECT_EQ(views.scalar_type(), at::kFloat);
  expect_close(views.to(at::kDouble), sample_views(picture, warps, side), 2e-6);
}

TEST_P(SamplerAgreement, OfAdjointAndForward) {
  const auto [height, width, side] = GetParam();
  // Without grey, whose constant part makes the sampler affine.
  std::vector<Warp> warps;
  for (const Warp& warp : assorted_warps(height, width))
    if (warp.border != Border::grey) warps.push_back(warp);
  for (const auto& [type, tolerance] : {std::pair{at::kDouble, 1e-12}, {at::kFloat, 1e-4}}) {
    const at::Tensor x = random_picture(1, height, width, type).requires_grad_();
    const at::Tensor ax = sample_views(x, warps, side);
    const at::Tensor y = at::randn_like(ax);
    const at::Tensor aty = gradient_of(ax, x, y);
    const double left = (ax * y).to(at::kDouble).sum().item<double>();
    const double right = (x * aty).to(at::kDouble).sum().item<double>();
    EXPECT_NEAR(left, right, tolerance * ax.norm().item<double>() * y.norm().item<double>());
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, SamplerAgreement,
                         testing::Values(std::tuple{64, 64, 16}, std::tuple{33, 57, 9},
                                         std::tuple{300, 301, 11}, std::tuple{5, 4, 12},
                                         std::tuple{1, 3, 4}, std::tuple{200, 1, 6}));

TEST(Sampler, GradientAgreesWithFiniteDifferences) {
  const std::vector<Warp> warps = assorted_warps(24, 31);
  const at::Tensor picture = random_picture(1, 24, 31).requires_grad_();
  const at::Tensor views = sample_views(picture, warps, 13);
  const at::Tensor weights = at::randn_like(views);
  const at::Tensor gradient = gradient_of(views, picture, weights);
  constexpr double kStep = 1e-3;
  for (const std::int64_t pixel : {0, 30, 371, 743, 744, 1500, 2231}) {
    const auto moved = [&](double by) {
      at::Tensor copy = picture.detach().clone();
      copy.flatten()[pixel] += by;
      return (sample_views(copy, warps, 13) * weights).sum().item<double>();
    };
    EXPECT_NEAR((moved(kStep) - moved(-kStep)) / (2 * kStep),
                gradient.flatten()[pixel].item<double>(), 1e-9);
  }
}

TEST(Sampler, DifferentiatesTwice) {
  const std::vector<Warp> warps = assorted_warps(16, 16);
  const at::Tensor picture = random_picture(1, 16, 16).requires_grad_();
  const at::Tensor direction = at::randn_like(picture);
  const auto second = [&](const at::Tensor& views) {
    const at::Tensor first =
        torch::autograd::grad({views.pow(3).sum()}, {picture}, {}, true, true)[0];
    return torch::autograd::grad({(first * direction).sum()}, {picture})[0];
  };
  expect_close(second(sample_views(picture, warps, 8)),
               second(sample_views_by_operators(picture, warps, 8)), 1e-10);
}

TEST(Sampler, KeepsAnEvenPictureEven) {
  const at::Tensor picture = at::full({1, 3, 75, 50}, 0.3, at::kDouble);
  std::vector<Warp> warps;
  for (const Warp& warp : assorted_warps(75, 50))
    if (warp.border != Border::grey) warps.push_back(warp);
  const at::Tensor views = sample_views(picture, warps, 20);
  expect_close(views, at::full_like(views, 0.3), 1e-13);
}

TEST(Sampler, ShowsWhatTheBorderRuleSays) {
  const at::Tensor picture =
      at::tensor({0.1, 0.2, 0.3}, at::kDouble).view({1, 1, 1, 3}).expand({1, 3, 3, 3}).contiguous();
  const auto row = [&](Border border) {
    const std::vector<Warp> warps{{window({1.5, 1.5}, 9, 9), border}};
    return sample_views(picture, warps, 9)[0][0][0][4];
  };
  const auto expect_row = [&](Border border, std::vector<double> values) {
    expect_close(row(border), torch::tensor(values, at::kDouble), 1e-12);
  };
  expect_row(Border::wrap, {.1, .2, .3, .1, .2, .3, .1, .2, .3});
  expect_row(Border::reflect, {.3, .2, .1, .1, .2, .3, .3, .2, .1});
  expect_row(Border::clamp, {.1, .1, .1, .1, .2, .3, .3, .3, .3});
  expect_row(Border::grey, {.5, .5, .5, .1, .2, .3, .5, .5, .5});
}

at::Tensor checkerboard(std::int64_t side) {
  const at::Tensor axis = at::arange(side, at::kFloat);
  return at::remainder(axis.view({-1, 1}) + axis, 2).expand({1, 3, side, side}).contiguous();
}

TEST(Sampler, MinifiedCheckerboardIsGrey) {
  struct Case {
    std::int64_t canvas;
    int side;
    double angle_rad, contrast;
  };
  // Below a ratio of 2 the tent alone must do it; from 2 on the pyramid removes the pattern. Even
  // sides wrap without breaking it.
  for (const Case& c :
       {Case{2048, 224, 0, 1e-5}, Case{2048, 224, 0.7, 1e-5}, Case{512, 224, 0, 1e-5},
        Case{512, 256, 0.3, 1e-5}, Case{446, 224, 0.1, 0.01}, Case{384, 224, 0, 0.01},
        Case{384, 224, 0.4, 0.01}}) {
    const double canvas = double(c.canvas);
    const std::vector<Warp> warps{
        {translation(0.37, 0.21) * whole(canvas, canvas) * about_centre(rotation(c.angle_rad)),
         Border::wrap}};
    const at::Tensor view = sample_views(checkerboard(c.canvas), warps, c.side);
    EXPECT_LE((view - 0.5).abs().max().item<double>(), c.contrast)
        << c.canvas << " to " << c.side << " turned by " << c.angle_rad;
  }
}

// A wave along x with `waves` periods over the canvas.
at::Tensor wave(std::int64_t side, int waves) {
  const at::Tensor x =
      (at::arange(side, at::kDouble) + 0.5) * (2 * std::numbers::pi * waves / double(side));
  return (0.5 + 0.5 * x.cos()).expand({1, 3, side, side}).contiguous();
}

TEST(Sampler, KeepsWhatTheViewCanShow) {
  // 14 waves on 112 pixels: 8 pixels each, well below the view's limit. Exact place, little fading.
  for (const std::int64_t side : {100, 112, 200, 400, 1000, 1001}) {
    const std::vector<Warp> warps{{whole(double(side), double(side)), Border::wrap}};
    const at::Tensor view = sample_views(wave(side, 14), warps, 112)[0][0][0];
    EXPECT_LE((view - wave(112, 14)[0][0]).abs().max().item<double>(), 0.12) << "from " << side;
  }
}

TEST(Sampler, SeesAcrossTheSeamWithoutATrace) {
  // The same wave, its seam in the middle of the view: odd and even sides, near and far.
  for (const std::int64_t side : {120, 121, 337, 1023}) {
    const double length = double(side);
    const std::vector<Warp> warps{{window({length / 2, length / 2}, length, length), Border::wrap},
                                  {window({length, length}, length, length), Border::wrap}};
    const at::Tensor views = sample_views(wave(side, 6), warps, 48)[0];
    expect_close(views[1], at::roll(views[0], {24, 24}, {1, 2}), 2e-3);
  }
}

TEST(Sampler, TreatsTheAxesOfASqueezedPictureApart) {
  // 400 x 100 to 50 x 50: columns are minified by 8, rows by 2.
  const at::Tensor across = at::remainder(at::arange(400, at::kFloat), 4).lt(2).to(at::kFloat);
  const at::Tensor down = at::remainder(at::arange(100, at::kFloat), 20).lt(10).to(at::kFloat);
  const std::vector<Warp> warps{{whole(100, 400), Border::wrap}};
  const at::Tensor grey = sample_views(across.expand({1, 3, 100, 400}).contiguous(), warps, 50);
  EXPECT_LE((grey - 0.5).abs().max().item<double>(), 0.01);
  const at::Tensor bars =
      sample_views(down.view({100, 1}).expand({1, 3, 100, 400}).contiguous(), warps, 50);
  EXPECT_GE(bars.max().item<double>(), 0.99);
  EXPECT_LE(bars.min().item<double>(), 0.01);
}

TEST(Sampler, BitsDoNotDependOnTheNumberOfThreads) {
  const std::vector<Warp> warps = assorted_warps(150, 170);
  const int threads = base::threads();
  std::vector<at::Tensor> views, gradients;
  for (const int count : {1, 2, 3, 7}) {
    base::set_threads(count);
    const at::Tensor picture = random_picture(1, 150, 170, at::kFloat).requires_grad_();
    views.push_back(sample_views(picture, warps, 40));
    torch::manual_seed(9);
    gradients.push_back(gradient_of(views.back(), picture, at::randn({1, 24, 3, 40, 40})));
  }
  base::set_threads(threads);
  for (std::size_t i = 1; i < views.size(); ++i) {
    EXPECT_TRUE(at::equal(views[0], views[i]));
    EXPECT_TRUE(at::equal(gradients[0], gradients[i]));
  }
}

TEST(Sampler, HalfPrecisionComesBackAsSuch) {
  const std::vector<Warp> warps{{whole(16, 16), Border::wrap}};
  const at::Tensor picture = random_picture(1, 16, 16, at::kFloat).to(at::kHalf);
  const at::Tensor views = sample_views(picture, warps, 16);
  EXPECT_EQ(views.scalar_type(), at::kHalf);
  EXPECT_TRUE(at::equal(views[0], picture));
}

TEST(Sampler, RefusesWhatItCannotSee) {
  const at::Tensor picture = at::zeros({1, 3, 8, 8});
  const std::vector<Warp> good{{whole(8, 8), Border::wrap}};
  const std::vector<Warp> folded{{{{1, 0, 0, 0, 1, 0, -2, 0, 1}}, Border::wrap}};
  const std::vector<Warp> lost{{translation(1e9, 0), Border::wrap}};
  const std::vector<Warp> undefined{{translation(std::nan(""), 0), Border::wrap}};
  EXPECT_THROW(sample_views(picture, folded, 4), base::UsageError);
  EXPECT_THROW(sample_views(picture, lost, 4), base::UsageError);
  EXPECT_THROW(sample_views(picture, undefined, 4), base::UsageError);
  EXPECT_THROW(sample_views(at::zeros({1, 4, 8, 8}), good, 4), base::ShapeError);
  EXPECT_THROW(sample_views(at::zeros({3, 8, 8}), good, 4), base::ShapeError);
  EXPECT_THROW(sample_views(at::zeros({2, 3, 8, 8}), good, 4), base::ShapeError);
  EXPECT_THROW(sample_views(at::zeros({1, 3, 8, 0}), good, 4), base::ShapeError);
  EXPECT_THROW(sample_views(picture, {}, 4), base::ShapeError);
  EXPECT_THROW(sample_views(picture, good, 0), base::ShapeError);
}

}  // namespace
}  // namespace clipguide::view
