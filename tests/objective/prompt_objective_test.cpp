#include "clipguide/objective/prompt_objective.h"

#include <gtest/gtest.h>

#include <numbers>

#include "clipguide/base/error.h"
#include "support/objective_law.h"

namespace clipguide::objective {
namespace {

constexpr double kNoStop = -std::numeric_limits<double>::infinity();

at::Tensor unit_rows(const at::Tensor& x) { return x / x.norm(2, -1, true); }

at::Tensor random_unit(at::IntArrayRef sizes, std::uint64_t seed) {
  torch::manual_seed(seed);
  return unit_rows(torch::randn(sizes, torch::kDouble));
}

Evidence evidence_of(std::vector<at::Tensor> embeddings) {
  return {torch::full({embeddings[0].size(0), 3, 8, 8}, 0.5), {}, std::move(embeddings), 0};
}

double loss_at(double cosine, PromptPull pull, Distance distance) {
  const at::Tensor target = torch::tensor({{1.0, 0.0}}, torch::kDouble);
  const PromptObjective objective({{1, target}}, {pull}, distance);
  const at::Tensor view =
      torch::tensor({cosine, std::sqrt(1 - cosine * cosine)}, torch::kDouble).view({1, 1, 2});
  return objective.loss(evidence_of({view})).item<double>();
}

TEST(PromptObjective, DistancesAreThePublishedOnes) {
  EXPECT_NEAR(loss_at(0.3, {1, kNoStop}, Distance::cosine), 0.7, 1e-7);
  // 2 asin^2(|a - b| / 2) is half the squared angle.
  EXPECT_NEAR(loss_at(0.0, {1, kNoStop}, Distance::spherical),
              std::pow(std::numbers::pi / 2, 2) / 2, 1e-5);
  EXPECT_NEAR(loss_at(0.5, {2, kNoStop}, Distance::spherical), std::pow(std::numbers::pi / 3, 2),
              1e-5);
}

TEST(PromptObjective, NegativeWeightPushesAway) {
  EXPECT_NEAR(loss_at(0.3, {-2, kNoStop}, Distance::cosine), -1.4, 1e-7);
  EXPECT_LT(loss_at(0.1, {-1, kNoStop}, Distance::cosine),
            loss_at(0.2, {-1, kNoStop}, Distance::cosine));
}

TEST(PromptObjective, SumsPromptsAveragesViewsAndModels) {
  const at::Tensor a = random_unit({2, 5}, 1), b = random_unit({2, 7}, 2);  // targets of two models
  const at::Tensor views_a = random_unit({3, 4, 5}, 3), views_b = random_unit({3, 4, 7}, 4);
  const PromptObjective objective({{1, a}, {3, b}}, {{1, kNoStop}, {-0.5, kNoStop}},
                                  Distance::cosine);
  const at::Tensor loss = objective.loss(evidence_of({views_a, views_b}));
  ASSERT_EQ(loss.sizes().vec(), std::vector<std::int64_t>{3});
  double expected = 0;
  for (int v = 0; v < 4; ++v) {
    const auto away = [&](const at::Tensor& views, const at::Tensor& targets, int p) {
      return 1 - views[1][v].dot(targets[p]).item<double>();
    };
    expected += 0.25 * (away(views_a, a, 0) - 0.5 * away(views_a, a, 1)) / 4;
    expected += 0.75 * (away(views_b, b, 0) - 0.5 * away(views_b, b, 1)) / 4;
  }
  EXPECT_NEAR(loss[1].item<double>(), expected, 1e-6);
}

TEST(PromptObjective, AFactorMovesThePullFromPromptToPrompt) {
  const at::Tensor targets = random_unit({2, 5}, 7), views = random_unit({1, 4, 5}, 8);
  const PromptObjective morph(
      {{1, targets}},
      {{2, kNoStop, [](double t) { return 1 - t; }}, {1, kNoStop, [](double t) { return t; }}},
      Distance::cosine);
  for (const double t : {0.0, 0.25, 1.0}) {
    const PromptObjective constant({{1, targets}}, {{2 * (1 - t), kNoStop}, {t, kNoStop}},
                                   Distance::cosine);
    Evidence evidence = evidence_of({views});
    evidence.progress = t;
    EXPECT_NEAR(morph.loss(evidence).item<double>(), constant.loss(evidence).item<double>(), 1e-6);
    EXPECT_NEAR(morph.similarity(evidence).item<double>(),
                constant.similarity(evidence).item<double>(), 1e-6);
  }
}

TEST(PromptObjective, APromptMayJudgeSomeOfTheViewsAlone) {
  const at::Tensor targets = random_unit({2, 5}, 7), views = random_unit({2, 6, 5}, 8);
  const auto views_of = [](int first, int count) {
    return [=](double t) { return t < 0.5 ? ViewSpan{first, count} : ViewSpan{first / 2, 1}; };
  };
  const PromptObjective both({{1, targets}},
                             {{1, kNoStop, {}, views_of(0, 4)}, {3, kNoStop, {}, views_of(4, 2)}},
                             Distance::spherical);
  const PromptObjective first({{1, targets.narrow(0, 0, 1)}}, {{1, kNoStop}}, Distance::spherical);
  const PromptObjective second({{1, targets.narrow(0, 1, 1)}}, {{3, kNoStop}}, Distance::spherical);
  const at::Tensor expected = first.loss(evidence_of({views.narrow(1, 0, 4)})) +
                              second.loss(evidence_of({views.narrow(1, 4, 2)}));
  EXPECT_TRUE(torch::allclose(both.loss(evidence_of({views})), expected, 1e-5, 1e-6));
  EXPECT_THROW(both.loss(evidence_of({views.narrow(1, 0, 5)})), base::ShapeError);

  // Later in the run others.
  Evidence late = evidence_of({views.narrow(1, 0, 3)});
  late.progress = 0.5;
  const at::Tensor then = first.loss(evidence_of({views.narrow(1, 0, 1)})) +
                          second.loss(evidence_of({views.narrow(1, 2, 1)}));
  EXPECT_TRUE(torch::allclose(both.loss(late), then, 1e-5, 1e-6));
}

TEST(PromptObjective, StopTakesThePullNotTheValue) {
  const at::Tensor target = torch::tensor({{1.0, 0.0}}, torch::kDouble);
  const PromptObjective objective({{1, target}}, {{1, 0.6}}, Distance::cosine);
  const at::Tensor near = torch::tensor({0.5, std::sqrt(0.75)}, torch::kDouble)
                              .view({1, 1, 2})
                              .requires_grad_();  // distance 0.5 <= 0.6
  const at::Tensor loss = objective.loss(evidence_of({near})).sum();
  EXPECT_NEAR(loss.item<double>(), 0.5, 1e-7);
  loss.backward();
  EXPECT_EQ(near.grad().abs().max().item<double>(), 0);

  const at::Tensor far =
      torch::tensor({0.1, std::sqrt(0.99)}, torch::kDouble).view({1, 1, 2}).requires_grad_();
  objective.loss(evidence_of({far})).sum().backward();
  EXPECT_GT(far.grad().abs().max().item<double>(), 0);
}

TEST(PromptObjective, SimilarityIsTheMeanCosineOfTheWantedPrompts) {
  const at::Tensor targets = random_unit({3, 6}, 5), views = random_unit({2, 4, 6}, 6);
  const PromptObjective objective({{1, targets}}, {{3, kNoStop}, {1, kNoStop}, {-9, kNoStop}},
                                  Distance::spherical);
  const at::Tensor cosine = torch::matmul(views, targets.t()).mean(1);
  const at::Tensor expected = (3 * cosine.select(1, 0) + cosine.select(1, 1)) / 4;
  EXPECT_TRUE(torch::allclose(objective.similarity(evidence_of({views})), expected, 0, 1e-6));
}

TEST(PromptObjective, ObeysTheObjectiveLaw) {
  for (const Distance distance : {Distance::cosine, Distance::spherical}) {
    const at::Tensor targets = random_unit({2, 6}, 7);
    const PromptObjective objective({{1, targets}}, {{1, kNoStop}, {-0.3, kNoStop}}, distance);
    test::expect_objective_law(objective, random_unit({2, 3, 6}, 8), [](const at::Tensor& x) {
      return evidence_of({x / x.norm(2, -1, true)});
    });
  }
}

TEST(PromptObjective, GradientStaysFiniteWhereViewAndPromptMeet) {
  const at::Tensor target = torch::tensor({{1.0f, 0.0f}});
  const PromptObjective objective({{1, target}}, {{1, kNoStop}}, Distance::spherical);
  for (const float cosine : {1.0f, -1.0f}) {
    const at::Tensor view = torch::tensor({cosine, 0.0f}).view({1, 1, 2}).requires_grad_();
    objective.loss(evidence_of({view})).sum().backward();
    EXPECT_TRUE(view.grad().isfinite().all().item<bool>()) << cosine;
  }
}

TEST(PromptObjective, RefusesTargetsThatDoNotMatchThePulls) {
  EXPECT_THROW(PromptObjective({{1, random_unit({2, 4}, 1)}}, {{1, kNoStop}}, Distance::cosine),
               base::ShapeError);
}

}  // namespace
}  // namespace clipguide::objective
