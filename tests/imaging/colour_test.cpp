#include "clipguide/imaging/colour.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "clipguide/base/error.h"

namespace clipguide::imaging {
namespace {

using Adjust = std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>;

struct Case {
  const char* name;
  Adjust adjust;
  double neutral;
};

const std::vector<Case> kAdjustments = {{"brightness", adjust_brightness, 1},
                                        {"contrast", adjust_contrast, 1},
                                        {"saturation", adjust_saturation, 1},
                                        {"hue", adjust_hue, 0}};

at::Tensor picture(std::vector<double> values, at::IntArrayRef sizes) {
  return torch::tensor(values, torch::kFloat64).view(sizes);
}

// Red, green, blue, grey, black and yellow pixels: every branch of the hexcone.
at::Tensor six_pixels() {
  return picture({.9, .1, .3, .5, 0, .7, .2, .8, .4, .5, 0, .7, .1, .3, .95, .5, 0, .2},
                 {1, 3, 2, 3});
}

at::Tensor random_pictures(int n) {
  torch::manual_seed(3);
  return torch::rand({n, 3, 5, 7}, torch::kFloat64) * 0.6 + 0.2;
}

at::Tensor factors(std::vector<double> values) { return torch::tensor(values, torch::kFloat64); }

double worst(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a - b).abs().max().item<double>();
}

// d f / d x along a direction, by autograd less by central difference.
double slope_error(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& x) {
  const at::Tensor leaf = x.clone().requires_grad_();
  const at::Tensor direction = torch::rand_like(x) - 0.5, weight = torch::rand_like(f(x));
  (f(leaf) * weight).sum().backward();
  const double by_autograd = (leaf.grad() * direction).sum().item<double>();
  const double h = 1e-6;
  const double by_difference =
      ((f(x + h * direction) - f(x - h * direction)) * weight).sum().item<double>() / (2 * h);
  return std::abs(by_autograd - by_difference) / (1 + std::abs(by_difference));
}

// Numbers from torchvision 0.26 (whose luma weights stop at four digits: hence 2e-4).
TEST(Colour, AdjustmentsAgreeWithTorchvision) {
  const at::Tensor in = six_pixels();
  const at::IntArrayRef sizes = in.sizes();
  EXPECT_LT(worst(adjust_brightness(in, factors({1.3})),
                  picture({1., .13, .39, .65, 0., .91, .26, 1., .52, .65, 0., .91, .13, .39, 1.,
                           .65, 0., .26},
                          sizes)),
            1e-6);
  EXPECT_LT(worst(adjust_contrast(in, factors({0.4})),
                  picture({.61072, .29072, .37072, .45072, .25072, .53071, .33072, .57072, .41072,
                           .45072, .25072, .53071, .29072, .37072, .63072, .45072, .25072, .33072},
                          sizes)),
            2e-4);
  EXPECT_LT(worst(adjust_saturation(in, factors({1.7})),
                  picture({1., 0., .20706, .50004, 0., .73995, .06153, .98642, .37706, .50004, 0.,
                           .73995, 0., .13642, 1., .50004, 0., 0.},
                          sizes)),
            2e-4);
  EXPECT_LT(worst(adjust_hue(in, factors({0.15})), picture({.88, .1, .785, .5, 0., .25, .9, .67, .3,
                                                            .5, 0., .7, .1, .8, .95, .5, 0., .2},
                                                           sizes)),
            1e-6);
  EXPECT_LT(worst(adjust_hue(in, factors({-0.4})), picture({.1, .8, .66, .5, 0., .5, .32, .1, .95,
                                                            .5, 0., .2, .9, .18, .3, .5, 0., .7},
                                                           sizes)),
            1e-6);
}

TEST(Colour, NeutralFactorsGiveThePictureBack) {
  for (const Case& c : kAdjustments)
    EXPECT_LT(worst(c.adjust(six_pixels(), factors({c.neutral})), six_pixels()), 1e-12) << c.name;
}

TEST(Colour, EachPictureHasItsOwnFactor) {
  const at::Tensor in = random_pictures(2);
  for (const Case& c : kAdjustments) {
    const at::Tensor both = c.adjust(in, factors({c.neutral, 0.3}));
    EXPECT_LT(worst(both[0], in[0]), 1e-12) << c.name;
    EXPECT_LT(worst(both.narrow(0, 1, 1), c.adjust(in.narrow(0, 1, 1), factors({0.3}))), 1e-12)
        << c.name;
  }
}

TEST(Colour, GradientsAgreeWithFiniteDifferences) {
  const at::Tensor in = random_pictures(2), factor = factors({0.8, 0.3});
  for (const Case& c : kAdjustments) {
    EXPECT_LT(slope_error([&](const at::Tensor& x) { return c.adjust(x, factor); }, in), 1e-6)
        << c.name;
    EXPECT_LT(slope_error([&](const at::Tensor& f) { return c.adjust(in, f); }, factor), 1e-6)
        << c.name;
  }
  EXPECT_LT(slope_error(srgb_to_linear, in), 1e-6);
  EXPECT_LT(slope_error(linear_to_srgb, in), 1e-6);
}

TEST(Colour, GradientsAreFiniteAtGreysBlackAndOutOfRange) {
  const at::Tensor odd = torch::tensor({0.f, 0.5f, 1.f, -0.5f, 1e-30f, 0.04045f})
                             .view({1, 1, 2, 3})
                             .repeat({1, 3, 1, 1});
  std::vector<std::function<at::Tensor(const at::Tensor&)>> functions = {srgb_to_linear,
                                                                         linear_to_srgb};
  for (const Case& c : kAdjustments)
    functions.push_back([&](const at::Tensor& x) { return c.adjust(x, torch::tensor({0.3f})); });
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const at::Tensor leaf = odd.clone().requires_grad_();
    functions[i](leaf).sum().backward();
    EXPECT_TRUE(leaf.grad().isfinite().all().item<bool>()) << i;
  }
}

TEST(Colour, TransferCurvesAreInverseAndKnowTheirConstants) {
  const at::Tensor x = torch::linspace(-0.2, 1.5, 500, torch::kFloat64);
  EXPECT_LT(worst(linear_to_srgb(srgb_to_linear(x)), x), 1e-6);
  EXPECT_NEAR(srgb_to_linear(torch::tensor(0.5, torch::kFloat64)).item<double>(), 0.21404, 1e-5);
  EXPECT_NEAR(linear_to_srgb(torch::tensor(0.18, torch::kFloat64)).item<double>(), 0.46136, 1e-5);
}

TEST(Colour, CorrelationMatrixIsLucidsAndInvertible) {
  const at::Tensor matrix = colour_correlation_matrix(1);
  EXPECT_NEAR(matrix.square().sum(0).max().item<double>(), 1, 1e-12);
  EXPECT_NEAR((matrix[0][1] / matrix[0][0]).item<double>(), 0.09 / 0.26, 1e-12);
  EXPECT_NEAR(
      (colour_correlation_matrix(1.8)[0][1] / colour_correlation_matrix(1.8)[0][0]).item<double>(),
      1.8 * 0.09 / 0.26, 1e-12);
  const at::Tensor x = torch::randn({2, 3, 4, 5}, torch::kFloat64);
  EXPECT_LT(worst(decorrelate_colours(correlate_colours(x)), x), 1e-12);
  const at::Tensor pixel = at::mv(colour_correlation_matrix(), x[1].select(1, 2).select(1, 3));
  EXPECT_LT(worst(correlate_colours(x)[1].select(1, 2).select(1, 3), pixel), 1e-12);
}

TEST(Colour, RefusesOtherShapes) {
  EXPECT_THROW(luma(torch::zeros({3, 4, 4})), base::ShapeError);
  EXPECT_THROW(luma(torch::zeros({1, 4, 4, 4})), base::ShapeError);
  EXPECT_THROW(adjust_hue(random_pictures(2), factors({1})), base::ShapeError);
  EXPECT_THROW(correlate_colours(torch::zeros({1, 3, 2, 2}, torch::kByte)), base::ShapeError);
}

}  // namespace
}  // namespace clipguide::imaging
