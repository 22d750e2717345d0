#pragma once

#include <string>
#include <vector>

#include "benchmark/worker.h"

namespace clipguide::bench {

struct PartTime {
  std::string name;
  double ms = 0;  ///< median
};

/// Where a step's time goes: the guide's step, taken apart into the calls that it is made of.
std::vector<PartTime> profile_step(const WorkerOptions& options, int repeats);

}  // namespace clipguide::bench
