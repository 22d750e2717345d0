#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "clipguide/base/torch.h"

namespace clipguide::cli {

/// Where it is computed.
struct MachineFlags {
  std::string device = "auto";
  int threads = 0;
  bool no_packed = false;

  /// Sets the process's number of threads and names the device; "auto" is a GPU where there is one.
  ///   throws  UsageError for a device that is unknown or not there
  torch::Device prepare() const;

  /// Where packed weights are kept: in the program's own cache, see cli/hub_environment.h. Empty
  /// where they are not to be kept, or nothing tells where.
  std::filesystem::path packed_folder() const;
};
void add_machine_flags(CLI::App& verb, MachineFlags& flags);

}  // namespace clipguide::cli
