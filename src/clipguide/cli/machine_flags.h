#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "clipguide/base/torch.h"

namespace clipguide::cli {

/// Where it is computed.
struct MachineFlags {
  std::string device = "auto";
  int threads = 0;
  bool no_packed = false;
  std::string max_memory;

  /// Sets the process's number of threads and names the device; "auto" is a GPU where there is one.
  ///   throws  UsageError for a device that is unknown or not there
  torch::Device prepare() const;

  /// Where packed weights are kept: in the program's own cache, see cli/hub_environment.h. Empty
  /// where they are not to be kept, or nothing tells where.
  std::filesystem::path packed_folder() const;

  /// 0 without a bound.   throws  UsageError for what is no size
  std::int64_t most_memory_bytes() const;
};

/// "4", "1.5G" and "800M" in bytes, by 1024; empty for anything else.
std::optional<std::int64_t> memory_size(std::string_view text);

void add_machine_flags(CLI::App& verb, MachineFlags& flags);

}  // namespace clipguide::cli
