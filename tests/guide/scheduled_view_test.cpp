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
  const auto scheduled = make_scheduled_view(options, {parse_view_strength("noise=0:0, 1:2")}, 0);
  const at::Tensor picture = imaging::uniform_tensor({1, 3, 16, 16}, base::RandomStream(2, "p"));
  for (const double progress : {0.0, 0.5, 1.0}) {
    view::ViewOptions now = options;
    view::set_strength(now, "noise", 2 * progress);
    const at::Tensor expected = view::make_view(now)->look(picture, 16, {0, 2}, kStreams, progress);
    EXPECT_TRUE(torch::equal(scheduled->look(picture, 16, {0, 2}, kStreams, progress), expected))
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
