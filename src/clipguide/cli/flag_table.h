#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clipguide/guide/option_table.h"
#include "clipguide/workflow/spec_file.h"

/// Flags of the command line. Each is written down once: those that determine a picture in
/// guide/option_table, all others here. Help, completion and the man page are read off the parser
/// that these functions fill.
namespace clipguide::cli {

using guide::OptionType;

struct FlagSpec {
  std::string name;  ///< without dashes
  char short_name = 0;
  OptionType type = OptionType::text;
  std::string group;
  std::string placeholder;
  std::string help;
  std::vector<std::string> choices = {};
  long long minimum = 0;  ///< of an integer
  long long maximum = 0;
};

/// The flag of that name, from this table or from the run options.
///   throws  std::logic_error for a name that neither holds
FlagSpec flag_spec(std::string_view name);

/// How it is shown: "TEXT", "{cosine,spherical}", "{grey,noise,FILE}". Completion reads it too.
std::string value_name(const FlagSpec& flag);

// Each declares the flag `name` on a verb and binds it to a variable, which keeps its value when
// the flag is not given. Values out of range are refused with a UsageError.
CLI::Option* add_flag(CLI::App& verb, std::string_view name, bool& value);
CLI::Option* add_text(CLI::App& verb, std::string_view name, std::string& value);
CLI::Option* add_integer(CLI::App& verb, std::string_view name, int& value);
/// For a flag that means something else in this verb than in the others.
CLI::Option* add_integer(CLI::App& verb, const FlagSpec& flag, int& value);
/// One value each time it is given.
CLI::Option* add_list(CLI::App& verb, std::string_view name, std::vector<std::string>& values);
/// Takes all values up to the next flag, too.
CLI::Option* add_long_list(CLI::App& verb, std::string_view name, std::vector<std::string>& values);

/// Every run option as a flag of one verb, and --schedule FILE, in which those that change over the
/// run may be written too; flags come after it. Only what was given is applied, so that a stored
/// run can be repeated with changes.
class RunFlags {
 public:
  /// `declined` names options this verb does not take.
  explicit RunFlags(CLI::App& verb, const std::vector<std::string>& declined = {});
  RunFlags(const RunFlags&) = delete;
  RunFlags& operator=(const RunFlags&) = delete;

  bool given(std::string_view name) const;
  /// throws  UsageError naming the flag or the schedule's line, what was expected and what came
  void apply(guide::RunOptions& options) const;

 private:
  struct Bound {
    const guide::OptionSpec* option;
    CLI::Option* flag;
  };
  void apply_schedule(guide::RunOptions& options) const;

  std::vector<Bound> flags_;
  std::optional<workflow::SpecTable> schedule_;
};

}  // namespace clipguide::cli
