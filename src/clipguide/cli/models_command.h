#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace clipguide::cli {

/// The verb `models`: list, pull NAME, show NAME, verify [NAME]. When one of them is on the command
/// line, `set_action` is given what is to be run, which returns the exit code or throws
/// base::Error; results go to stdout (`--json`: as JSON, nothing else), progress and remarks to
/// stderr. `should_stop` ends a download with base::Interrupted; what has come is resumed next
/// time.
void add_models_command(CLI::App& parent, std::function<void(std::function<int()>)> set_action,
                        std::function<bool()> should_stop = {});

}  // namespace clipguide::cli
