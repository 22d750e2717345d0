#include "clipguide/workflow/forecast.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/workflow/rehearsal.h"

namespace clipguide::workflow {
namespace {

guide::RunOptions tiny() {
  guide::RunOptions options;
  options.prompt = "a cat";
  options.models = {CLIPGUIDE_FIXTURES "/models/vit"};
  options.width = options.height = 48;
  options.cuts = 2;
  return options;
}

TEST(Forecast, counts_the_runs_of_a_kind_and_measures_it_once) {
  int steps = 0;
  const auto count = [&] { return ++steps, false; };
  guide::RunOptions other = tiny();
  other.prompt = "a dog";
  const Forecast two = forecast({tiny(), other}, {}, count);
  const int of_one_kind = steps;
  EXPECT_GT(two.seconds, 0);
  EXPECT_GT(two.memory_bytes, 0);
  other.width = 64;
  forecast({tiny(), other}, {}, count);
  EXPECT_EQ(steps - of_one_kind, 2 * of_one_kind);
}

TEST(Forecast, a_curve_of_cuts_is_measured_by_its_mean_and_its_most) {
  const auto never = [] { return false; };
  guide::RunOptions options = tiny();
  options.steps = 100;
  options.cuts = guide::Curve::parse("0:1, 0.5:5", "cuts");
  EXPECT_GT(forecast({options}, {}, never).seconds, 0);
  const guide::Curve tried = rehearsed_cuts(options);
  EXPECT_EQ(tried.at(0), 5) << "for the memory";
  EXPECT_EQ(tried.at(1.0 / 3) + tried.at(2.0 / 3), 8) << "the mean is 4";
  options.cuts = 7;
  EXPECT_EQ(rehearsed_cuts(options), guide::Curve(7));
}

TEST(Forecast, stops_within_a_step_whenever_it_is_asked_to) {
  int last = 0;
  forecast({tiny()}, {}, [&] { return ++last, false; });
  ASSERT_GT(last, 3) << "asked before, after each step, at the end";
  for (int at = 1; at <= last; ++at) {
    int asked = 0;
    EXPECT_THROW(forecast({tiny()}, {}, [&] { return ++asked >= at; }), base::Interrupted) << at;
    EXPECT_LE(asked, at + 1);
  }
}

}  // namespace
}  // namespace clipguide::workflow
