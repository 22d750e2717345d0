#pragma once

#include <string>

#include "clipguide/cli/hub_environment.h"
#include "clipguide/workflow/dataset.h"

namespace clipguide::cli {

/// The part of the work that `--shard i/n` names, with i from 0 to n-1. Without one, the part of a
/// task of a Slurm job array: SLURM_ARRAY_TASK_ID, _MIN, _STEP and _COUNT; else all of it.
///   throws  UsageError for what is not such a part, and for an array whose ids leave gaps
workflow::Shard shard_of(const std::string& given, const EnvironmentLookup& lookup);

/// The same with this process's environment.
workflow::Shard shard_from_environment(const std::string& given);

}  // namespace clipguide::cli
