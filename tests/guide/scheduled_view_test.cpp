#include "clipguide/guide/scheduled_view.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/imaging/noise.h"
#include "guide/streams.h"

namespace clipguide::guide {
namespace {

TEST(ScheduledView, LooksAsItsStrengthSaysAtEachMoment) {
  view::ViewOptions options = view::view_preset("plain");
  options.count = 2;
  const auto scheduled = make_scheduled_view(options, {{parse_view_strength("noise=0:0, 1:2")}}, 0);
  const at::Tensor picture = imaging::uniform_tensor({1, 3, 16, 16}, base::RandomStream(2, "p"));
  for (const double progress : {0.0, 0.5, 1.0}) {
    view::ViewOptions now = options;
    view::set_strength(now, "noise", 2 * progress);
    const at::Tensor expected = view::make_view(now)->look(picture, 16, {0, 2}, kStreams, progress);
    EXPECT_TRUE(torch::equal(scheduled->look(picture, 16, {0, 2}, kStreams, progress), expected))
        << progress;
  }
}

RunOptions with_cuts(const std::string& cuts) {
  RunOptions options;
  options.views = "disco";
  options.cuts = Curve::parse(cuts, "cuts");
  return options;
}

std::unique_ptr<view::View> view_of(const RunOptions& options) {
  return make_scheduled_view(view_options(options), view_curves(options), 0);
}

TEST(ScheduledView, HasAsManyViewsAsItsCurveSaysRoundedAndAtLeastOne) {
  const auto views = view_of(with_cuts("0:8, 0.5:2.6, 1:0"));
  EXPECT_EQ(views->count(0), 8);
  EXPECT_EQ(views->count(0.25), 5);
  EXPECT_EQ(views->count(0.5), 3);
  EXPECT_EQ(views->count(1), 1);
  const ViewCounts counts = view_counts([] {
    RunOptions options = with_cuts("0:8, 0.49:8, 0.5:2");
    options.steps = 10;
    return options;
  }());
  EXPECT_DOUBLE_EQ(counts.mean, 5);
  EXPECT_EQ(counts.largest, 8);
  EXPECT_EQ(view_counts(with_cuts("12")).largest, 12);
  EXPECT_EQ(view_counts(with_cuts("0")).largest, view::view_preset("disco").count);
  EXPECT_EQ(view_of(with_cuts("1/t"))->count(1e-9), view::kMostViews);
}

TEST(ScheduledView, LooksAtEachMomentAsAConstantNumberOfViewsWould) {
  const auto scheduled = view_of(with_cuts("0:8, 0.5:4"));
  const at::Tensor picture = imaging::uniform_tensor({1, 3, 16, 16}, base::RandomStream(2, "p"));
  for (const double progress : {0.0, 0.25, 0.75}) {
    const int count = scheduled->count(progress);
    const auto constant = view_of(with_cuts(std::to_string(count)));
    EXPECT_TRUE(torch::equal(scheduled->look(picture, 16, {0, count}, kStreams, progress),
                             constant->look(picture, 16, {0, count}, kStreams, progress)))
        << progress;
  }
}

TEST(ScheduledView, MarginIsThatOfTheWidestRoll) {
  const view::ViewOptions das = view::view_preset("das");
  const int whole = view::margin_px(das, 100, 200);
  EXPECT_GT(whole, 0);
  EXPECT_EQ(margin_px(das, {parse_view_strength("roll=0:0, 0.5:1, 1:0")}, 100, 200), whole);
  EXPECT_EQ(margin_px(das, {parse_view_strength("roll=0")}, 100, 200), 0);
}

TEST(ScheduledView, RefusesStrengthsThatNoViewTakes) {
  for (const char* setting : {"noise", "nose=1", "noise=0:0, 1:11", "noise=-t", "noise=", "=1"})
    EXPECT_THROW(parse_view_strength(setting), base::UsageError) << setting;
}

}  // namespace
}  // namespace clipguide::guide
