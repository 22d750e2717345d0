#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "clipguide/guide/run_options.h"

namespace clipguide::guide {

enum class OptionType { flag, integer, number, text, path, list };

/// One run option: the single source of its flag, its help, its JSON key and its check.
struct OptionSpec {
  std::string name;                  ///< "negative-prompt"; the JSON key has '_' for '-'
  char short_name = 0;
  OptionType type = OptionType::text;
  std::string group;                 ///< heading in help and man page
  std::string placeholder;           ///< "TEXT", "PX"
  std::string help;
  std::vector<std::string> choices;  ///< for completion and the schema; empty: free
  std::function<nlohmann::json(const RunOptions&)> get;
  /// throws  UsageError that names the option, what was expected and what came
  std::function<void(RunOptions&, const nlohmann::json&)> set;
};

/// All options, in the order of the help.
const std::vector<OptionSpec>& option_table();

/// RunOptions <-> JSON through the table. An unknown key is a UsageError with the nearest known one.
nlohmann::json to_json(const RunOptions& options);
RunOptions from_json(const nlohmann::json& json);

/// JSON schema of a run, for editors and other programs.
nlohmann::json option_schema();

/// The known word nearest to `word` (Damerau-Levenshtein at most 3), or an empty string.
std::string nearest(const std::string& word, const std::vector<std::string>& known);

}  // namespace clipguide::guide
