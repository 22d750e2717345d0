#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "clipguide/guide/run.h"

namespace clipguide::workflow {

/// How long runs will take and how much memory, told from a few steps of the first of each kind.
struct Forecast {
  double seconds = 0;
  std::int64_t memory_bytes = 0;  ///< largest so far of the whole process, models included
};

/// An estimate, which the machine's other work makes longer or shorter. A start picture need not be
/// there yet.
///   stop    asked after each step
///   throws  as Run; Interrupted when stopped
///   cost    loads the models and takes three steps for each kind of run (same size, views, canvas,
///           models)
Forecast forecast(const std::vector<guide::RunOptions>& runs, const guide::RunContext& context,
                  const std::function<bool()>& stop);

}  // namespace clipguide::workflow
