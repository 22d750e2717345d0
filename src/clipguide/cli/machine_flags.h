#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "clipguide/base/torch.h"

namespace clipguide::cli {

/// Where it is computed.
struct MachineFlags {
  std::string device = "auto";
  int threads = 0;

  /// Sets the process's number of threads and names the device; "auto" is a GPU where there is one.
  ///   throws  UsageError for a device that is unknown or not there
  torch::Device prepare() const;
};
void add_machine_flags(CLI::App& verb, MachineFlags& flags);

}  // namespace clipguide::cli
