#include "clipguide/guide/schedule.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"

namespace clipguide::guide {
namespace {

TEST(Schedule, LearningRateStartsAtOneAndEndsAsNamed) {
  for (const std::string& name : schedule_names())
    EXPECT_DOUBLE_EQ(learning_rate_factor(parse_schedule(name), 0), 1) << name;
  EXPECT_DOUBLE_EQ(learning_rate_factor(Schedule::constant, 1), 1);
  EXPECT_NEAR(learning_rate_factor(Schedule::linear, 1), 0.01, 1e-12);
  EXPECT_NEAR(learning_rate_factor(Schedule::cosine, 1), 0.01, 1e-12);
  EXPECT_NEAR(learning_rate_factor(Schedule::cosine, 0.5), 0.505, 1e-12);
  EXPECT_THROW(parse_schedule("cosin"), base::UsageError);
}

TEST(Schedule, BandwidthGrowsOctaveByOctaveToTheShare) {
  EXPECT_DOUBLE_EQ(bandwidth(0, 0), 1) << "off";
  EXPECT_NEAR(bandwidth(0.6, 0), 1.0 / 64, 1e-12);
  EXPECT_NEAR(bandwidth(0.6, 0.3), 1.0 / 8, 1e-12);
  EXPECT_DOUBLE_EQ(bandwidth(0.6, 0.6), 1);
  EXPECT_DOUBLE_EQ(bandwidth(0.6, 0.9), 1);
}

TEST(Schedule, ACurveOfTheBandwidthIsTakenAsItStands) {
  EXPECT_DOUBLE_EQ(bandwidth(Curve(0.6), 0.3), bandwidth(0.6, 0.3)) << "a number is a share";
  const Curve grows = Curve::parse("0:0.1, 0.5:1", "coarse-to-fine");
  EXPECT_DOUBLE_EQ(bandwidth(grows, 0), 0.1);
  EXPECT_DOUBLE_EQ(bandwidth(grows, 0.25), 0.55);
  EXPECT_DOUBLE_EQ(bandwidth(grows, 0.75), 1);
  EXPECT_DOUBLE_EQ(bandwidth(Curve::parse("0*t", "coarse-to-fine"), 0.5), 1.0 / 64);
}

}  // namespace
}  // namespace clipguide::guide
