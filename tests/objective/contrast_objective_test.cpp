#include "clipguide/objective/contrast_objective.h"

#include <gtest/gtest.h>

#include <cmath>

#include "clipguide/base/error.h"
#include "support/objective_law.h"

namespace clipguide::objective {
namespace {

at::Tensor unit(const at::Tensor& rows) { return rows / rows.norm(2, -1, /*keepdim=*/true); }

/// Random texts of one model in f64.
ContrastTexts texts(std::int64_t wanted, std::int64_t rivals, double scale) {
  torch::manual_seed(3);
  return {1, unit(torch::randn({wanted, 6}, torch::kDouble)),
          unit(torch::randn({rivals, 6}, torch::kDouble)), scale};
}

Evidence seen(const at::Tensor& embeddings) {
  Evidence evidence;
  evidence.embeddings = {unit(embeddings)};
  return evidence;
}

TEST(ContrastObjective, ObeysTheLawOfObjectives) {
  torch::manual_seed(5);
  for (int most_views : {0, 2}) {
    const ContrastObjective contrast({texts(2, 7, 12)}, 1.5, {},
                                     [=](double) { return most_views; });
    test::expect_objective_law(contrast, torch::randn({2, 3, 6}, torch::kDouble), seen);
  }
}

TEST(ContrastObjective, IsTheCrossEntropyOfTheWantedText) {
  const ContrastTexts one = texts(1, 4, 10);
  torch::manual_seed(6);
  const at::Tensor view = unit(torch::randn({1, 1, 6}, torch::kDouble));
  const at::Tensor logits =
      10 * torch::matmul(torch::cat({one.wanted, one.rivals}), view[0][0]);  // [5]
  const double expected = -logits.log_softmax(0)[0].item<double>();
  EXPECT_NEAR(ContrastObjective({one}, 2).loss(seen(view)).item<double>(), 2 * expected, 1e-12);
}

TEST(ContrastObjective, FadesOnceTheRivalsAreOut) {
  const ContrastTexts one = texts(1, 4, 100);
  const ContrastObjective contrast({one}, 1);
  const double at_wanted = contrast.loss(seen(one.wanted.unsqueeze(0))).item<double>();
  const double at_rival =
      contrast.loss(seen(one.rivals.slice(0, 1, 2).unsqueeze(0))).item<double>();
  EXPECT_LT(at_wanted, 1e-6);
  EXPECT_GT(at_rival, 10);
}

TEST(ContrastObjective, JudgesTheFirstViewsOnly) {
  const ContrastTexts one = texts(1, 4, 10);
  torch::manual_seed(7);
  const at::Tensor views = torch::randn({1, 4, 6}, torch::kDouble);
  const at::Tensor first = views.narrow(1, 0, 2);
  const ContrastObjective by_two({one}, 1, {}, [](double t) { return t < 0.5 ? 2 : 4; });
  EXPECT_DOUBLE_EQ(by_two.loss(seen(views)).item<double>(),
                   ContrastObjective({one}, 1).loss(seen(first)).item<double>());
  Evidence late = seen(views);
  late.progress = 0.5;
  EXPECT_DOUBLE_EQ(by_two.loss(late).item<double>(),
                   ContrastObjective({one}, 1).loss(late).item<double>());
}

TEST(ContrastObjective, ATextThatIsFadedOutIsNotWanted) {
  const ContrastTexts both = texts(2, 4, 10);
  ContrastTexts first = both;
  first.wanted = both.wanted.slice(0, 0, 1);
  PromptPull fades, stays;
  fades.factor = [](double t) { return 1 - t; };
  const ContrastObjective contrast({both}, 1, {stays, fades});
  torch::manual_seed(8);
  Evidence evidence = seen(torch::randn({1, 2, 6}, torch::kDouble));
  EXPECT_NEAR(contrast.loss(evidence).item<double>(),
              ContrastObjective({both}, 1).loss(evidence).item<double>(), 1e-12);
  evidence.progress = 1;
  EXPECT_NEAR(contrast.loss(evidence).item<double>(),
              ContrastObjective({first}, 1).loss(evidence).item<double>(), 1e-12);
  evidence.embeddings[0] = evidence.embeddings[0].detach().requires_grad_();
  const at::Tensor gradient =
      torch::autograd::grad({contrast.loss(evidence).sum()}, {evidence.embeddings[0]})[0];
  EXPECT_TRUE(gradient.isfinite().all().item<bool>());
  EXPECT_THROW(ContrastObjective({first}, 1, {stays, fades}), base::ShapeError);
}

TEST(ContrastObjective, RefusesAnEmptySide) {
  ContrastTexts none = texts(1, 4, 10);
  none.rivals = none.rivals.slice(0, 0, 0);
  EXPECT_THROW(ContrastObjective({none}, 1), base::ShapeError);
}

}  // namespace
}  // namespace clipguide::objective
