#pragma once

#include "clipguide/cli/machine_flags.h"
#include "clipguide/cli/model_finder.h"
#include "clipguide/cli/terminal.h"
#include "clipguide/guide/run.h"

namespace clipguide::cli {

/// What a run needs from the command line. The terminal and the finder must outlive it.
///   throws  UsageError for a device that is not there or a size that is none
guide::RunContext run_context(const MachineFlags& machine, Terminal& terminal,
                              const ModelFinder& finder);

}  // namespace clipguide::cli
