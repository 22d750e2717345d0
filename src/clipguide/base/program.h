#pragma once

#include <string>
#include <vector>

namespace clipguide::base {

struct ProgramResult {
  int exit_code = 0;  ///< 128 + the signal's number where a signal ended it, as shells count
  std::string err;    ///< the end of what it wrote to standard error, at most 64 KiB
};

/// Runs another program to its end: `arguments[0]` as found on PATH, with exactly these arguments
/// and no shell between. Its standard input is empty, its standard output is thrown away.
///   throws  IoError when it is not there or cannot be started
ProgramResult run_program(const std::vector<std::string>& arguments);

}  // namespace clipguide::base
