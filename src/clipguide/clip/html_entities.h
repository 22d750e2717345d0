#pragma once

#include <string>
#include <string_view>

namespace clipguide::clip {

/// Replaces every character reference the way the HTML standard reads text, faults included:
/// longest known name where the semicolon is missing, Windows-1252 for &#128; .. &#159;, U+FFFD for
/// what is no character, nothing for control characters.   Source: HTML standard 13.2.5.72 on;
/// agrees with Python's html.unescape
std::u32string unescape_html(std::u32string_view text);

/// The careful form that comes before the encoding repairs: only references that end in a
/// semicolon, and names written in capitals throughout (&EACUTE;).   Source: ftfy
std::u32string unescape_html_strictly(std::u32string_view text);

}  // namespace clipguide::clip
