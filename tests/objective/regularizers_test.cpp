#include "clipguide/objective/regularizers.h"

#include <gtest/gtest.h>

#include <limits>

#include "clipguide/base/error.h"
#include "clipguide/objective/scheduled_objective.h"
#include "support/objective_law.h"

namespace clipguide::objective {
namespace {

Evidence looking_at(const at::Tensor& unbounded) {
  return {unbounded.clamp(0, 1), unbounded, {}, 0};
}

at::Tensor some_picture(double spread) {
  torch::manual_seed(3);
  return 0.5 + spread * torch::randn({2, 3, 9, 11}, torch::kDouble);
}

TEST(Regularizers, ObeyTheObjectiveLaw) {
  test::expect_objective_law(TotalVariation(2), some_picture(0.1), looking_at);
  test::expect_objective_law(TileVariation(2), some_picture(0.1), looking_at);
  test::expect_objective_law(Saturation(3), some_picture(0.1), looking_at);
  test::expect_objective_law(OutOfRange(5), some_picture(1), looking_at);
}

TEST(TotalVariation, SmoothsWhatIsPaintedWhereThatIsAPartOnly) {
  const at::Tensor picture = some_picture(0.1), painted = some_picture(0.1) * 0.5;
  Evidence evidence = looking_at(picture);
  const at::Tensor whole = TotalVariation(2).loss(evidence);
  evidence.painted = painted;
  EXPECT_TRUE(torch::allclose(TotalVariation(2).loss(evidence), whole * 0.25));
  EXPECT_TRUE(Saturation(2).loss(evidence).equal(Saturation(2).loss(looking_at(picture))));
}

TEST(TileVariation, SeesASeamAsAnyOtherStep) {
  const at::Tensor ramp =
      torch::linspace(0, 1, 32, torch::kDouble).view({1, 1, 32, 1}).repeat({1, 3, 1, 40});
  const auto loss = [](const Objective& term, const at::Tensor& picture) {
    return term.loss(looking_at(picture)).item<double>();
  };
  EXPECT_GT(loss(TileVariation(1), ramp), 20 * loss(TotalVariation(1), ramp));
  EXPECT_NEAR(loss(TileVariation(1), ramp), loss(TotalVariation(1), ramp.roll({16}, {2})), 2e-3);
}

/// One subject of noise on a grey ground, as often as there are places for it.
at::Tensor subjects_at(const std::vector<std::pair<int, int>>& places) {
  torch::manual_seed(5);
  const at::Tensor subject = 0.5 + 0.2 * torch::randn({3, 32, 32}, torch::kDouble);
  at::Tensor picture = torch::full({1, 3, 128, 128}, 0.5, torch::kDouble);
  for (const auto& [row, column] : places)
    picture[0].slice(1, row, row + 32).slice(2, column, column + 32).copy_(subject);
  return picture;
}

TEST(Repetition, ObeysTheObjectiveLaw) {
  const auto in_range = [](const at::Tensor& x) { return Evidence{x, x, {}, 0}; };
  test::expect_objective_law(Repetition(2), subjects_at({{8, 8}, {72, 64}}), in_range);
}

TEST(Repetition, CountsASecondSubjectAndNotTheFirst) {
  const auto loss = [](const at::Tensor& picture) {
    return Repetition(1).loss(looking_at(picture)).item<double>();
  };
  EXPECT_LT(loss(subjects_at({{48, 48}})), 0.02);
  EXPECT_GT(loss(subjects_at({{8, 8}, {72, 72}})), 0.1) << "half a side away in both directions";
  EXPECT_GT(loss(subjects_at({{48, 20}, {48, 76}})), 0.1);
  EXPECT_GT(loss(subjects_at({{8, 72}, {60, 20}})), 0.1) << "down and to the left";
  EXPECT_GT(loss(subjects_at({{8, 8}, {8, 72}, {72, 8}, {72, 72}})), 0.1);
}

TEST(Repetition, IsNothingAndFiniteOnAFlatPicture) {
  at::Tensor grey = torch::full({2, 3, 48, 40}, 0.4).requires_grad_();
  const at::Tensor loss = Repetition(1).loss({grey, grey, {}, 0});
  EXPECT_EQ(loss.sizes().vec(), std::vector<std::int64_t>{2});
  EXPECT_NEAR(loss.abs().max().item<double>(), 0, 1e-9);
  EXPECT_TRUE(torch::autograd::grad({loss.sum()}, {grey})[0].isfinite().all().item<bool>());
}

TEST(Regularizers, AreZeroWhereThereIsNothingToMend) {
  const Evidence grey = looking_at(torch::full({1, 3, 8, 8}, 0.4));
  EXPECT_EQ(TotalVariation(1).loss(grey).item<float>(), 0);
  EXPECT_NEAR(Saturation(1).loss(grey).item<float>(), 0, 1e-12);
  EXPECT_EQ(OutOfRange(1).loss(grey).item<float>(), 0);
}

TEST(Regularizers, MeasureWhatTheirNamesSay) {
  at::Tensor checks = torch::zeros({1, 3, 8, 8});
  checks.slice(3, 0, 8, 2) = 1;  // columns alternate: every horizontal difference is 1
  EXPECT_NEAR(TotalVariation(2).loss(looking_at(checks)).item<float>(), 2, 1e-6);

  at::Tensor too_bright = torch::full({1, 3, 8, 8}, 1.5);
  EXPECT_NEAR(OutOfRange(1).loss(looking_at(too_bright)).item<float>(), 0.25, 1e-6);

  at::Tensor red = torch::zeros({1, 3, 8, 8});
  red.select(1, 0) = 1;
  at::Tensor pale = red * 0.2 + 0.4;
  EXPECT_GT(Saturation(1).loss(looking_at(red)).item<float>(),
            10 * Saturation(1).loss(looking_at(pale)).item<float>());
}

TEST(Regularizers, LossIsAPictureEach) {
  at::Tensor pair = torch::stack({torch::full({3, 8, 8}, 0.5), torch::full({3, 8, 8}, 2.0)});
  const at::Tensor loss = OutOfRange(1).loss(looking_at(pair));
  EXPECT_EQ(loss[0].item<float>(), 0);
  EXPECT_GT(loss[1].item<float>(), 0);
}

TEST(ScheduledObjective, IsTheTermTimesAFactorOfTheProgress) {
  const ScheduledObjective fading(std::make_shared<Saturation>(2),
                                  [](double t) { return 3 * (1 - t); });
  EXPECT_EQ(fading.name(), "saturation");
  Evidence evidence = looking_at(some_picture(0.1));
  const at::Tensor term = Saturation(2).loss(evidence);
  for (const double t : {0.0, 0.5, 1.0}) {
    evidence.progress = t;
    EXPECT_TRUE(torch::allclose(fading.loss(evidence), term * 3 * (1 - t)));
  }
  EXPECT_FALSE(fading.similarity(evidence).defined());
}

TEST(Regularizers, RefuseWeightsThatAreNegativeOrNotFinite) {
  EXPECT_THROW(TotalVariation(-1), base::UsageError);
  EXPECT_THROW(Saturation(std::numeric_limits<double>::quiet_NaN()), base::UsageError);
  EXPECT_THROW(OutOfRange(std::numeric_limits<double>::infinity()), base::UsageError);
}

}  // namespace
}  // namespace clipguide::objective
