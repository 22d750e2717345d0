#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "clipguide/guide/option_table.h"

/// How files write what changes over a run: beside a number and the text that a flag takes, a list
/// of keyframes [[0, 1.0], [0.5, 0.2]], a list of such for the options with several curves, and for
/// `view` a table of name = curve.
namespace clipguide::workflow {

/// The text of one curve: a number, a text or keyframes.
///   throws  UsageError "name: expected .., got .." for keyframes that are none; the text's own
///           faults are left to who parses it
std::string curve_text(const std::string& name, const nlohmann::json& value);

/// A value as guide::OptionSpec::set takes it; what has no form of its own in files stays as it is.
///   throws  as curve_text
nlohmann::json option_form(const guide::OptionSpec& option, const nlohmann::json& value);

}  // namespace clipguide::workflow
