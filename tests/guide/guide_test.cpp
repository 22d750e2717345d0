#include "clipguide/guide/guide.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/canvas/make_canvas.h"
#include "clipguide/guide/default_lr.h"
#include "clipguide/objective/prompt_objective.h"
#include "clipguide/objective/regularizers.h"
#include "clipguide/view/view_options.h"
#include "guide/toy_clip.h"
#include "support/tiny_decoder.h"
#include "support/tiny_forms.h"

namespace clipguide::guide {
namespace {

at::Tensor wanted_embedding() {
  const at::Tensor random = imaging::normal_tensor({1, 12}, base::RandomStream(9, "target"));
  return random / random.norm();
}

/// A run over toy models.
struct ToyRun {
  explicit ToyRun(const std::string& canvas_kind = "pyramid", int pictures = 1,
                  const std::string& views = "disco") {
    canvas::CanvasOptions canvas_options;
    canvas_options.kind = canvas_kind;
    canvas_options.pictures = pictures;
    canvas_options.height_px = canvas_options.width_px = 24;
    static const test::TinyAutoencoder autoencoder;
    canvas_options.decoder = autoencoder.decoder();
    static const test::TinyForms forms;
    canvas_options.forms = forms.path();
    canvas_options.cell_px = 2;
    canvas = canvas::make_canvas(canvas_options);
    view::ViewOptions view_options = view::view_preset(views);
    view_options.count = 6;
    view = view::make_view(view_options);
    options.steps = 12;
    options.optimizer.lr = 0.05;
    for (int n = 0; n < pictures; ++n) options.seeds.push_back(100 + std::uint64_t(n));
    objectives = {std::make_shared<objective::PromptObjective>(
                      std::vector<objective::PromptTargets>{{1, wanted_embedding()}},
                      std::vector<objective::PromptPull>{{1}}, objective::Distance::spherical),
                  std::make_shared<objective::TotalVariation>(0.1)};
  }

  GuideParts parts() const { return {*canvas, *view, {clip}, objectives}; }
  void go(const std::function<Verdict(const StepEvent&)>& on_step = {}) {
    guide(options, parts(), state, on_step);
  }
  at::Tensor picture() const { return canvas->render().picture.detach(); }

  GuideOptions options;
  std::unique_ptr<canvas::Canvas> canvas;
  std::unique_ptr<view::View> view;
  std::shared_ptr<test::ToyClip> clip = std::make_shared<test::ToyClip>();
  std::vector<std::shared_ptr<const objective::Objective>> objectives;
  GuideState state;
};

TEST(Guide, ClimbsOnEveryCanvasWithEveryOptimizer) {
  for (const std::string& kind : canvas::canvas_names())
    for (const std::string& name : optimizer_names()) {
      ToyRun run(kind);
      run.options.steps = 40;
      run.options.optimizer.kind = parse_optimizer(name);
      if (name == "sgd") run.options.optimizer.lr = kind == "pixel" || kind == "collage" ? 20 : 1;
      if (kind == "siren")  // a network's weights must move far less
        run.options.optimizer.lr = default_lr(kind, run.options.optimizer.kind);
      double first = 0, last = 0;
      run.go([&](const StepEvent& event) {
        (event.step == 1 ? first : last) = event.similarity.item<double>();
        return Verdict::go_on;
      });
      EXPECT_GT(last, first + 0.1) << kind << " " << name;
      EXPECT_EQ(run.state.step, 40);
    }
}

TEST(Guide, TheRateFollowsItsCurve) {
  ToyRun constant, curve, late;
  constant.go();
  curve.options.optimizer.lr = 1;
  curve.options.lr_curve = Curve::parse("0:0.05, 1:0.05", "lr");
  curve.go();
  EXPECT_TRUE(torch::allclose(constant.picture(), curve.picture(), 0, 1e-6));
  late.options.lr_curve = Curve::parse("0:0, 0.49:0, 0.5:1", "lr");
  late.go([&](const StepEvent& event) {
    const double change = (event.picture - 0.5).abs().max().item<double>();
    if (event.step <= 7)
      EXPECT_EQ(change, 0) << event.step;
    else
      EXPECT_GT(change, 0) << event.step;
    return Verdict::go_on;
  });
}

TEST(Guide, TellsTheCanvasHowFarTheRunIs) {
  ToyRun run("palette");
  run.options.optimizer.lr = 0;  // nothing changes but the sharpness
  const std::vector<base::RandomStream> streams = {base::RandomStream(1, "init")};
  run.canvas->add_noise(streams, 0.5);
  double last = 0;
  run.go([&](const StepEvent& event) {
    const double contrast = event.picture.std().item<double>();
    EXPECT_GT(contrast, last) << event.step;
    last = contrast;
    return Verdict::go_on;
  });
}

TEST(Guide, SameSeedGivesTheSameBits) {
  ToyRun a, b, other;
  other.options.seeds = {7};
  a.go();
  b.go();
  other.go();
  EXPECT_TRUE(torch::equal(a.picture(), b.picture()));
  EXPECT_FALSE(torch::equal(a.picture(), other.picture()));
}

TEST(Guide, GoesOnToTheSameBitsAfterAStop) {
  ToyRun whole, first;
  whole.go();
  first.go([](const StepEvent& event) { return event.step == 5 ? Verdict::stop : Verdict::go_on; });
  EXPECT_EQ(first.state.step, 5);

  ToyRun second;  // as after a restart: only parameters and state are carried over
  std::vector<at::Tensor> parameters;
  for (const auto& parameter : first.canvas->parameters())
    parameters.push_back(parameter.tensor.detach().clone());
  canvas::restore(*second.canvas, parameters);
  second.state = first.state;
  second.go();
  EXPECT_TRUE(torch::equal(whole.picture(), second.picture()));
}

TEST(Guide, MicroBatchesGiveTheSameResultInLessMemory) {
  for (const int view_batch : {1, 2, 4, 5}) {
    ToyRun whole("pyramid", 2), parts("pyramid", 2);
    parts.options.view_batch = view_batch;
    whole.go();
    parts.go();
    EXPECT_LT((whole.picture() - parts.picture()).abs().max().item<double>(), 2e-4) << view_batch;
    EXPECT_EQ(whole.clip->largest_batch(), 12);
    EXPECT_LE(parts.clip->largest_batch(), std::max(2, view_batch)) << view_batch;
  }
}

TEST(Guide, PicturesOfABatchDoNotInfluenceEachOther) {
  ToyRun pair("fourier", 2), alone("fourier", 1);
  alone.options.seeds = {pair.options.seeds[1]};
  pair.go();
  alone.go();
  EXPECT_LT((pair.picture()[1] - alone.picture()[0]).abs().max().item<double>(), 2e-4);
  EXPECT_GT((pair.picture()[0] - pair.picture()[1]).abs().max().item<double>(), 1e-3);
}

TEST(Guide, StopsAtANonFiniteValueAndKeepsTheLastGoodStep) {
  ToyRun good, bad;
  good.options.steps = 4;
  good.go();
  bad.clip->poison_after(4);
  try {
    bad.go();
    FAIL() << "expected a NumericError";
  } catch (const base::NumericError& error) {
    EXPECT_NE(std::string(error.what()).find("step 5"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("prompt"), std::string::npos) << error.what();
  }
  EXPECT_EQ(bad.state.step, 4);
  EXPECT_TRUE(bad.picture().isfinite().all().item<bool>());
}

TEST(Guide, SeveralModelsPullTogether) {
  ToyRun run;
  const auto second = std::make_shared<test::ToyClip>(20, 2);
  run.objectives = {std::make_shared<objective::PromptObjective>(
      std::vector<objective::PromptTargets>{{1, wanted_embedding()}, {2, wanted_embedding()}},
      std::vector<objective::PromptPull>{{1}}, objective::Distance::cosine)};
  GuideParts parts = run.parts();
  parts.models.push_back(second);
  run.options.steps = 40;
  double first = 0, last = 0;
  guide(run.options, parts, run.state, [&](const StepEvent& event) {
    (event.step == 1 ? first : last) = event.similarity.item<double>();
    return Verdict::go_on;
  });
  EXPECT_GT(last, first + 0.1);
  EXPECT_GT(second->largest_batch(), 0);
}

TEST(Guide, RefusesARunThatWantsNothing) {
  ToyRun run;
  run.objectives.clear();
  EXPECT_THROW(run.go(), base::UsageError);
}

}  // namespace
}  // namespace clipguide::guide
