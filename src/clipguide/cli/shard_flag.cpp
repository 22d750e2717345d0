#include "clipguide/cli/shard_flag.h"

#include <fmt/format.h>

#include <cstdlib>

#include "clipguide/base/error.h"
#include "clipguide/guide/option_kinds.h"

namespace clipguide::cli {
namespace {

using base::UsageError;
using guide::whole;

workflow::Shard parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const auto index = whole<int>(std::string_view(text).substr(0, slash));
    const auto count = whole<int>(std::string_view(text).substr(slash + 1));
    if (index && count && *count >= 1 && *index >= 0 && *index < *count) return {*index, *count};
    if (index && count && *count >= 1 && *index == *count)
      throw UsageError(
          fmt::format("--shard: expected i/n with i from 0 to n-1, got {}", text),
          fmt::format("shards are counted from 0: 0/{0} to {1}/{0}", *count, *count - 1));
  }
  throw UsageError(
      fmt::format("--shard: expected i/n with i from 0 to n-1, as 0/4, got '{}'", text));
}

}  // namespace

workflow::Shard shard_of(const std::string& given, const EnvironmentLookup& lookup) {
  if (!given.empty()) return parse_shard(given);
  const auto number = [&](const char* name, std::optional<int> otherwise) -> std::optional<int> {
    const auto text = lookup(name);
    if (!text || text->empty()) return otherwise;
    const auto value = whole<int>(*text);
    if (!value) throw UsageError(fmt::format("{}: expected a whole number, got '{}'", name, *text));
    return value;
  };
  const auto id = number("SLURM_ARRAY_TASK_ID", std::nullopt);
  const auto count = number("SLURM_ARRAY_TASK_COUNT", std::nullopt);
  if (!id || !count) return {};
  const int first = *number("SLURM_ARRAY_TASK_MIN", 0), step = *number("SLURM_ARRAY_TASK_STEP", 1);
  const int from_first = *id - first;
  if (*count < 1 || step < 1 || from_first < 0 || from_first % step != 0 ||
      from_first / step >= *count)
    throw UsageError(
        fmt::format("SLURM_ARRAY_TASK_ID: expected one of {} tasks from {} in steps of {}, got {}",
                    *count, first, step, *id),
        "for an array with gaps say --shard i/n");
  return {from_first / step, *count};
}

workflow::Shard shard_from_environment(const std::string& given) {
  return shard_of(given, [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value ? std::optional<std::string>(value) : std::nullopt;
  });
}

}  // namespace clipguide::cli
