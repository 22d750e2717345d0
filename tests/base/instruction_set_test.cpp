#include "clipguide/base/instruction_set.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace clipguide::base {
namespace {

TEST(InstructionSet, NamesAreReadBack) {
  for (const InstructionSet set :
       {InstructionSet::portable, InstructionSet::avx2, InstructionSet::avx512,
        InstructionSet::avx512_bf16, InstructionSet::amx})
    EXPECT_EQ(parse_instruction_set(name(set)), set);
  EXPECT_EQ(parse_instruction_set("sse"), std::nullopt);
}

TEST(InstructionSet, EachHasAllThatStandBeforeIt) {
  const auto sets = supported_instruction_sets();
  ASSERT_FALSE(sets.empty());
  for (std::size_t i = 0; i < sets.size(); ++i) EXPECT_EQ(std::size_t(sets[i]), i);
}

TEST(InstructionSet, AgreesWithWhatTheSystemSaysOfTheProcessor) {
  std::ifstream file("/proc/cpuinfo");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  if (text.find("\nflags") == std::string::npos) GTEST_SKIP() << "no flags in /proc/cpuinfo";
  const auto has = [&](const std::string& flag) {
    return text.find(" " + flag + " ") != std::string::npos;
  };
  EXPECT_EQ(is_supported(InstructionSet::avx2), has("avx2"));
  EXPECT_EQ(is_supported(InstructionSet::avx512), has("avx512vl"));
  EXPECT_EQ(is_supported(InstructionSet::avx512_bf16), has("avx512_bf16"));
}

}  // namespace
}  // namespace clipguide::base
