#pragma once

#include <filesystem>

#include "clipguide/workflow/spec_file.h"

/// Schedule files: what changes over a run, and how. A schedule is a way to write run options, and
/// nothing else: the picture's record holds these.
namespace clipguide::workflow {

/// Each key is the name of an option that can change over the run; its value as option_form has it.
/// SpecTable::apply_run_options applies them.
///   throws  IoError; UsageError "file: line N: .." for any other key
SpecTable read_schedule(const std::filesystem::path& path);

/// The same of a text.   source  its name in messages
SpecTable parse_schedule(std::string_view text, const std::string& source);

}  // namespace clipguide::workflow
