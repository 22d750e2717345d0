#include "clipguide/objective/style_objective.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "support/objective_law.h"

namespace clipguide::objective {
namespace {

Evidence all_of(const at::Tensor& picture) { return {picture, picture, {}, 0}; }

double loss(const StyleObjective& style, const at::Tensor& picture) {
  return style.loss(all_of(picture)).item<double>();
}

/// Stripes of two colours, `period` px wide, of a picture of 120 x 90.
at::Tensor stripes(int period, double phase, double red) {
  const at::Tensor wave =
      ((torch::arange(90, torch::kDouble) + phase) * (6.283185 / period)).sin() * 0.3 + 0.5;
  at::Tensor picture = wave.view({1, 1, 1, 90}).repeat({1, 3, 120, 1});
  picture.select(1, 0).mul_(red);
  return picture;
}

TEST(StyleObjective, ObeysTheObjectiveLaw) {
  torch::manual_seed(2);
  const at::Tensor picture = torch::rand({2, 3, 12, 10}, torch::kDouble);
  test::expect_objective_law(StyleObjective(stripes(9, 0, 0.4), 2), picture, all_of);
}

TEST(StyleObjective, IsNothingForTheStyleItself) {
  const at::Tensor picture = stripes(9, 0, 0.4);
  EXPECT_NEAR(loss(StyleObjective(picture, 1), picture), 0, 1e-12);
}

TEST(StyleObjective, AsksForTextureAndColourAndNotForPlace) {
  const StyleObjective style(stripes(9, 0, 0.4), 1);
  const double moved = loss(style, stripes(9, 4, 0.4)), coarser = loss(style, stripes(45, 0, 0.4)),
               redder = loss(style, stripes(9, 0, 1.0));
  EXPECT_LT(moved, 0.2 * coarser);
  EXPECT_LT(moved, 0.05 * redder);
  const at::Tensor wider = stripes(9, 0, 0.4).repeat({1, 1, 2, 1});
  EXPECT_LT(loss(style, wider), 0.2 * coarser) << "pictures of another shape compare";
}

TEST(StyleObjective, RefusesWhatItCannotCompareWith) {
  EXPECT_THROW(StyleObjective(stripes(9, 0, 1), -1), base::UsageError);
  EXPECT_THROW(StyleObjective(torch::rand({3, 8, 8}), 1), base::ShapeError);
  EXPECT_NO_THROW(StyleObjective(torch::rand({1, 3, 1, 1}), 1));
}

}  // namespace
}  // namespace clipguide::objective
