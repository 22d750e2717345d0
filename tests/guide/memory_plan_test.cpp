#include "clipguide/guide/memory_plan.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"

namespace clipguide::guide {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

/// A process of 100 MiB whose views take 10 each.
std::int64_t use_of(int views) { return (100 + 10 * views) * kMiB; }

int fit(std::int64_t most_mib, int views, std::int64_t start_mib = 50) {
  return views_that_fit(most_mib * kMiB, start_mib * kMiB, views, use_of);
}

TEST(MemoryPlan, TakesAsManyViewsAsFit) {
  EXPECT_EQ(fit(1000, 32), 32);
  EXPECT_EQ(fit(200, 32), 10);
  EXPECT_EQ(fit(129, 32), 2);
  EXPECT_EQ(fit(119, 32), 1);
  EXPECT_EQ(fit(110, 1), 1);
}

TEST(MemoryPlan, ViewsTooSmallToBeSeenAllFit) {
  EXPECT_EQ(views_that_fit(kMiB, 0, 8, [](int) { return kMiB / 2; }), 8);
}

TEST(MemoryPlan, SaysWhatTheLeastWouldBe) {
  const auto message = [](std::int64_t most_mib, std::int64_t start_mib) -> std::string {
    try {
      fit(most_mib, 4, start_mib);
    } catch (const base::UsageError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message(109, 50), "max-memory: expected at least 111 MiB for this run, got 109 MiB");
  EXPECT_EQ(message(150, 180), "max-memory: expected at least 181 MiB for this run, got 150 MiB");
}

}  // namespace
}  // namespace clipguide::guide
