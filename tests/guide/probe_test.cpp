#include "clipguide/guide/probe.h"

#include <gtest/gtest.h>

#include "clipguide/canvas/make_canvas.h"
#include "clipguide/objective/prompt_objective.h"
#include "clipguide/objective/regularizers.h"
#include "clipguide/view/view_options.h"
#include "guide/toy_clip.h"

namespace clipguide::guide {
namespace {

at::Tensor random_embeddings(std::int64_t count) {
  const at::Tensor random = imaging::normal_tensor({count, 12}, base::RandomStream(9, "target"));
  return random / random.norm(2, -1, true);
}

/// Two toy models, disturbed views, a wish and a thing to be avoided, and a term on the picture.
struct Probed {
  Probed() {
    canvas::CanvasOptions canvas_options;
    canvas_options.kind = "pixel";
    canvas_options.height_px = canvas_options.width_px = 24;
    canvas = canvas::make_canvas(canvas_options);
    view::ViewOptions view_options = view::view_preset("disco");
    view_options.count = 5;
    view = view::make_view(view_options);
    options.steps = 4;
    options.optimizer.lr = 0.05;
    options.seeds = {7};
    const at::Tensor targets = random_embeddings(2);
    objectives = {std::make_shared<objective::PromptObjective>(
                      std::vector<objective::PromptTargets>{{1, targets}, {3, targets.flip(1)}},
                      std::vector<objective::PromptPull>{{1}, {-0.5}}, objective::Distance::cosine),
                  std::make_shared<objective::TotalVariation>(100)};
  }
  GuideParts parts() const { return {*canvas, *view, {first, second}, objectives}; }

  GuideOptions options;
  std::unique_ptr<canvas::Canvas> canvas;
  std::unique_ptr<view::View> view;
  std::shared_ptr<test::ToyClip> first = std::make_shared<test::ToyClip>(16, 1);
  std::shared_ptr<test::ToyClip> second = std::make_shared<test::ToyClip>(20, 2);
  std::vector<std::shared_ptr<const objective::Objective>> objectives;
  GuideState state;
};

TEST(Probe, SeesWhatTheStepSaw) {
  Probed run;
  guide(run.options, run.parts(), run.state, [&](const StepEvent& event) {
    const Probe seen = probe(run.options, run.parts(), event.picture, event.step - 1);
    EXPECT_EQ(seen.views.sizes().vec(), (std::vector<std::int64_t>{1, 5, 3, 16, 16}));
    EXPECT_EQ(seen.similarity.sizes().vec(), (std::vector<std::int64_t>{1, 5}));
    EXPECT_NEAR(seen.similarity.mean().item<double>(), event.similarity.item<double>(), 1e-6);
    EXPECT_GT(seen.similarity.std().item<double>(), 0) << "each view has its own";
    return Verdict::go_on;
  });
  EXPECT_EQ(run.state.step, 4);
}

TEST(Probe, ItsGradientIsThatOfThePromptsAlone) {
  Probed run;
  const at::Tensor picture =
      imaging::normal_tensor({1, 3, 24, 24}, base::RandomStream(3, "picture")) * 0.1 + 0.5;
  const Probe seen = probe(run.options, run.parts(), picture, 2);
  const auto loss = [&](const at::Tensor& x) {
    objective::Evidence evidence{x, x, {}, 0.5};
    const std::vector<base::RandomStream> streams = {base::RandomStream(7, "views").at(2)};
    for (const auto& clip : {run.first, run.second}) {
      const at::Tensor views = run.view->look(x, clip->input_side_px(), {0, 5}, streams, 0.5);
      evidence.embeddings.push_back(
          clip::unit_length(clip->encode_image(views.flatten(0, 1))).view({1, 5, -1}));
    }
    return run.objectives.front()->loss(evidence).item<double>();
  };
  const torch::NoGradGuard no_grad;
  const at::Tensor along = imaging::normal_tensor({1, 3, 24, 24}, base::RandomStream(4, "along"));
  const double step = 1e-3;
  const double slope = (loss(picture + step * along) - loss(picture - step * along)) / (2 * step);
  const double expected = (seen.gradient * along).sum().item<double>();
  EXPECT_NEAR(slope, expected, 0.02 * std::abs(expected) + 5e-4);
  EXPECT_LT(loss(picture - 1e-2 * seen.gradient / seen.gradient.norm()), loss(picture));
}

TEST(Probe, ViewBatchesGiveTheSame) {
  Probed run;
  const at::Tensor picture = torch::full({1, 3, 24, 24}, 0.4);
  const Probe whole = probe(run.options, run.parts(), picture, 1);
  run.options.view_batch = 2;
  const Probe parts = probe(run.options, run.parts(), picture, 1);
  EXPECT_TRUE(torch::allclose(whole.gradient, parts.gradient, 1e-4, 1e-7));
  EXPECT_TRUE(torch::allclose(whole.similarity, parts.similarity, 0, 1e-6));
  EXPECT_TRUE(torch::equal(whole.views, parts.views));
}

TEST(Probe, LeavesTheRunAlone) {
  Probed plain, probed;
  guide(plain.options, plain.parts(), plain.state);
  guide(probed.options, probed.parts(), probed.state, [&](const StepEvent& event) {
    probe(probed.options, probed.parts(), event.picture, event.step - 1);
    return Verdict::go_on;
  });
  EXPECT_TRUE(torch::equal(plain.canvas->render().picture, probed.canvas->render().picture));
}

}  // namespace
}  // namespace clipguide::guide
