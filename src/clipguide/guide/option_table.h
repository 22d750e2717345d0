#pragma once

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clipguide/guide/nearest.h"
#include "clipguide/guide/run_options.h"

namespace clipguide::guide {

/// flag: boolean; list: array of texts; path: a text that names a file; curve: a number, or a text
/// that tells how it changes over the run; curves: a text with one for each of several things.
enum class OptionType { flag, integer, number, text, path, list, curve, curves };

/// One run option: the single source of its flag, its help, its JSON key and its check.
struct OptionSpec {
  std::string name;  ///< "negative-prompt"; the JSON key has '_' for '-'
  char short_name = 0;
  OptionType type = OptionType::text;
  std::string group;        ///< heading in help and man page
  std::string placeholder;  ///< "TEXT", "PX"
  std::string help;
  std::vector<std::string> choices;  ///< a text takes only these; a path or list offers them
  bool or_repository = false;        ///< a path may be a name on the hub instead
  std::optional<double> minimum;     ///< of an integer, a number or a curve
  std::optional<double> maximum;
  bool whole = false;  ///< its numbers are whole
  std::function<nlohmann::json(const RunOptions&)> get;
  /// throws  UsageError that names the option, what was expected and what came
  std::function<void(RunOptions&, const nlohmann::json&)> set;
};

/// The options that list pictures, each as PATH:WEIGHT.
struct PictureList {
  std::string_view name;
  std::vector<std::string> RunOptions::*field;
};
inline constexpr std::array kPictureLists = {
    PictureList{"image-prompt", &RunOptions::image_prompts},
    PictureList{"style-image", &RunOptions::style_images}};

/// All options, in the order of the help.
const std::vector<OptionSpec>& option_table();

/// Whether the option can change over the run.
bool is_schedulable(const OptionSpec& option);

/// The option of that name, or null.
const OptionSpec* find_option(const std::string& name);

/// An option's value from its written form, as flags and web forms hold it: one text, for a list
/// one or more, for a flag "true" or "false". Only the form is checked here, the range by `set`.
///   throws  UsageError as `set` does
nlohmann::json parse_value(const OptionSpec& option, const std::vector<std::string>& texts);

/// RunOptions <-> JSON through the table. An unknown key is a UsageError with the nearest known
/// one.
nlohmann::json to_json(const RunOptions& options);
RunOptions from_json(const nlohmann::json& json);

/// JSON schema of a run, for editors and other programs.
nlohmann::json option_schema();

}  // namespace clipguide::guide
