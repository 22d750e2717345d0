#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace clipguide::base {

/// Number of leading bytes of `text` that are well-formed UTF-8 (no surrogates, no overlong forms,
/// nothing above U+10FFFF). Equal to text.size() when all of it is.
std::size_t valid_utf8_prefix(std::string_view text);

/// Code points of `text`; each maximal ill-formed part becomes one U+FFFD, as browsers do.
std::u32string from_utf8(std::string_view text);

std::string to_utf8(std::u32string_view text);
void append_utf8(std::string& text, char32_t code_point);

}  // namespace clipguide::base
