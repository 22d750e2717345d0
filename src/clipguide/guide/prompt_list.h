#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace clipguide::guide {

/// Prompts to evaluate on, one a line. Empty lines and lines that begin with # are left out, space
/// around a prompt is taken off.
///   source  what the messages call it
///   throws  UsageError naming the line for a prompt that stands there twice or is not one, and for
///           a list without any
std::vector<std::string> parse_prompt_list(std::string_view text, const std::string& source);

/// throws  IoError, LimitError above 4 MiB, and as parse_prompt_list
std::vector<std::string> read_prompt_list(const std::filesystem::path& path);

}  // namespace clipguide::guide
