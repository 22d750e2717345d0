#pragma once

#include "clipguide/guide/run.h"

namespace clipguide::cli {

/// What one picture of these options costs on this machine, by trying.
struct RunEstimate {
  double start_s = 0;     ///< before the first step, with the models loaded
  double step_s = 0;      ///< one step
  double peak_bytes = 0;  ///< of this process so far: programs, models, a step
  double picture_s(double steps) const { return start_s + steps * step_s; }
};

/// cost  loads the models; two starts and three steps.   throws  as guide::Run does
RunEstimate try_run(const guide::RunOptions& options, const guide::RunContext& context);

}  // namespace clipguide::cli
