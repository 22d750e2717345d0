#include "clipguide/cli/machine_flags.h"

#include <gtest/gtest.h>

#include "clipguide/base/error.h"

namespace clipguide::cli {
namespace {

TEST(MemorySize, ReadsGigabytesAndMegabytes) {
  EXPECT_EQ(memory_size("4"), std::int64_t(4) << 30);
  EXPECT_EQ(memory_size("1.5G"), std::int64_t(3) << 29);
  EXPECT_EQ(memory_size("800M"), std::int64_t(800) << 20);
}

TEST(MemorySize, RefusesWhatIsNoSize) {
  for (const char* bad : {"", "G", "0", "-1", "4T", "4 G", "4GB", "much", "nan", "inf", "1e300"})
    EXPECT_EQ(memory_size(bad), std::nullopt) << bad;
}

TEST(MachineFlags, NoBoundUnlessGiven) {
  MachineFlags flags;
  EXPECT_EQ(flags.most_memory_bytes(), 0);
  flags.max_memory = "4GB";
  EXPECT_THROW(flags.most_memory_bytes(), base::UsageError);
}

}  // namespace
}  // namespace clipguide::cli
