#include "clipguide/base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace clipguide::base {
namespace {

TEST(RandomStream, SameNameAndIndexGiveTheSameNumbers) {
  RandomStream a = RandomStream(7, "views").at(3).at(5);
  RandomStream b = RandomStream(7, "views").at(3).at(5);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.bits(), b.bits());
}

TEST(RandomStream, SeedsNamesAndIndicesGiveDifferentNumbers) {
  std::set<std::uint32_t> first;
  for (std::uint64_t seed : {0, 1, 2})
    for (const char* name : {"init", "views", "noise"})
      for (std::uint64_t index : {0, 1, 2}) first.insert(RandomStream(seed, name).at(index).bits());
  EXPECT_EQ(first.size(), 27u);
}

TEST(RandomStream, ChildDoesNotDependOnWhatTheParentDrew) {
  RandomStream parent(1, "views");
  RandomStream before = parent.at(4);
  parent.bits();
  RandomStream after = parent.at(4);
  EXPECT_EQ(before.bits(), after.bits());
}

TEST(RandomStream, UniformAndNormalHaveTheirMoments) {
  RandomStream stream(11, "moments");
  std::vector<float> uniform(100000), normal(100001);
  stream.fill_uniform(uniform);
  stream.fill_normal(normal);
  double mean = 0, square = 0, normal_mean = 0, normal_square = 0;
  for (float u : uniform) {
    ASSERT_GE(u, 0.0f);
    ASSERT_LT(u, 1.0f);
    mean += u;
    square += u * u;
  }
  for (float z : normal) normal_mean += z, normal_square += z * z;
  EXPECT_NEAR(mean / 1e5, 0.5, 0.005);
  EXPECT_NEAR(square / 1e5, 1.0 / 3, 0.005);
  EXPECT_NEAR(normal_mean / 1e5, 0, 0.01);
  EXPECT_NEAR(normal_square / 1e5, 1, 0.02);
}

TEST(RandomStream, BelowCoversItsRangeEvenly) {
  RandomStream stream(3, "below");
  std::vector<int> count(7);
  for (int i = 0; i < 70000; ++i) ++count[std::size_t(stream.below(7))];
  for (int c : count) EXPECT_NEAR(c, 10000, 500);
}

}  // namespace
}  // namespace clipguide::base
