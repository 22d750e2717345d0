#include "clipguide/cli/shard_flag.h"

#include <gtest/gtest.h>

#include <map>

#include "clipguide/base/error.h"

namespace clipguide::cli {
namespace {

std::string shard(const std::string& given,
                  const std::map<std::string, std::string>& environment = {}) {
  const workflow::Shard found =
      shard_of(given, [&](const char* name) -> std::optional<std::string> {
        const auto value = environment.find(name);
        return value == environment.end() ? std::nullopt : std::optional(value->second);
      });
  return std::to_string(found.index) + "/" + std::to_string(found.count);
}

TEST(ShardFlag, names_a_part_counted_from_0) {
  EXPECT_EQ(shard(""), "0/1");
  EXPECT_EQ(shard("0/1"), "0/1");
  EXPECT_EQ(shard("3/4"), "3/4");
  for (const char* bad :
       {"4/4", "-1/4", "1", "1/0", "0/0", "a/b", "1/2/3", "/2", "1/", "1.5/3", "1/99999999999"})
    EXPECT_THROW(shard(bad), base::UsageError) << bad;
}

TEST(ShardFlag, follows_a_slurm_array_unless_given) {
  const std::map<std::string, std::string> task = {{"SLURM_ARRAY_TASK_ID", "12"},
                                                   {"SLURM_ARRAY_TASK_MIN", "10"},
                                                   {"SLURM_ARRAY_TASK_COUNT", "4"}};
  EXPECT_EQ(shard("", task), "2/4");
  EXPECT_EQ(shard("0/2", task), "0/2");
  EXPECT_EQ(shard("", {{"SLURM_ARRAY_TASK_ID", "3"}, {"SLURM_ARRAY_TASK_COUNT", "4"}}), "3/4");
  EXPECT_EQ(shard("", {{"SLURM_ARRAY_TASK_ID", "9"},
                       {"SLURM_ARRAY_TASK_MIN", "1"},
                       {"SLURM_ARRAY_TASK_STEP", "4"},
                       {"SLURM_ARRAY_TASK_COUNT", "3"}}),
            "2/3");
  EXPECT_EQ(shard("", {{"SLURM_ARRAY_TASK_ID", "3"}}), "0/1") << "no array";
  EXPECT_THROW(shard("", {{"SLURM_ARRAY_TASK_ID", "7"},
                          {"SLURM_ARRAY_TASK_MIN", "1"},
                          {"SLURM_ARRAY_TASK_COUNT", "3"}}),
               base::UsageError)
      << "1,3,7";
  EXPECT_THROW(shard("", {{"SLURM_ARRAY_TASK_ID", "x"}, {"SLURM_ARRAY_TASK_COUNT", "3"}}),
               base::UsageError);
}

}  // namespace
}  // namespace clipguide::cli
