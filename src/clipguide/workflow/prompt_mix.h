#pragma once

#include <string>

namespace clipguide::workflow {

/// Prompts on the way from one text to another, each `text:weight:stop | ..`: those of `from` with
/// their weights times 1 - share, those of `to` times share. What both have alike stands there
/// once; what has no weight is left out. At 0 and 1 it is the text itself. Either may be empty.
///   share   from 0 to 1
///   throws  UsageError as objective::parse_prompts does
std::string mixed_prompts(const std::string& from, const std::string& to, double share);

}  // namespace clipguide::workflow
