#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "clipguide/base/error.h"
#include "clipguide/base/terminal_text.h"
#include "clipguide/cli/command_line.h"

namespace {

using clipguide::base::terminal_text;

/// One line: libtorch appends a backtrace to its messages.
void report(std::string_view message, const std::string& hint = {}) {
  fmt::print(stderr, "clipguide: error: {}\n",
             terminal_text(message.substr(0, message.find('\n'))));
  if (!hint.empty()) fmt::print(stderr, "clipguide: hint: {}\n", terminal_text(hint));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return clipguide::cli::run_command_line({argv + 1, argv + argc});
  } catch (const clipguide::base::Error& error) {
    report(error.what(), error.hint());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    report("out of memory", "a smaller --width, --height, --batch or --view-batch needs less");
  } catch (const std::exception& error) {
    report(error.what());
  }
  return 1;
}
