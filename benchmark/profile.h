#pragma once

#include <string>
#include <vector>

#include "benchmark/worker.h"

namespace clipguide::bench {

struct PartTime {
  std::string name;
  double ms = 0;  ///< median
};

struct Profile {
  int views = 0;
  std::vector<PartTime> parts;
};

/// Where a step's time goes: the guide's step, taken apart into the calls that it is made of. The
/// steps are spread over a run from its begin to its end.
Profile profile_step(const WorkerOptions& options, int repeats);

}  // namespace clipguide::bench
