#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace clipguide::workflow {

/// PATH:WEIGHT specs with each path replaced, as options that list pictures have them
/// (guide::kPictureLists).
///   name    of the option, for messages
///   throws  UsageError as objective::parse_prompts
std::vector<std::string> with_paths(const std::vector<std::string>& specs, std::string_view name,
                                    const std::function<std::string(const std::string&)>& replaced);

}  // namespace clipguide::workflow
