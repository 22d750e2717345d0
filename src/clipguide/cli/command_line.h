#pragma once

#include <string>
#include <vector>

namespace clipguide::cli {

/// Understands the arguments (without the program's name), does what they say and returns the exit
/// code.   throws  base::Error and whatever the library throws
int run_command_line(std::vector<std::string> arguments);

}  // namespace clipguide::cli
