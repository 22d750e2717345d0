#include "clipguide/cli/common_flags.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "clipguide/cli/flag_table.h"

namespace clipguide::cli {

Loudness RemarkFlags::loudness() const {
  if (quiet) return Loudness::quiet;
  return verbose ? Loudness::verbose : Loudness::normal;
}

void add_remark_flags(CLI::App& verb, RemarkFlags& flags) {
  add_flag(verb, "json", flags.json);
  add_flag(verb, "quiet", flags.quiet);
  add_flag(verb, "verbose", flags.verbose);
}

void print_result(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fputc('\n', stdout) == EOF || std::fflush(stdout) != 0)
    base::throw_error<base::IoError>("standard output: cannot write: {}", std::strerror(errno));
}

void print_result(const nlohmann::json& json) {
  print_result(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace clipguide::cli
