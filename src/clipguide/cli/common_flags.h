#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "clipguide/cli/terminal.h"

namespace clipguide::cli {

/// What is said, and in which form.
struct RemarkFlags {
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  Loudness loudness() const;
};
void add_remark_flags(CLI::App& verb, RemarkFlags& flags);

/// Writes to standard output: the result, and nothing else goes there.
///   throws  IoError when it cannot be written (disk full)
void print_result(const std::string& text);
void print_result(const nlohmann::json& json);

}  // namespace clipguide::cli
