#pragma once

#include <string>
#include <string_view>

/// The encodings text has inside picture files. All results are valid UTF-8 without NUL: whatever
/// is broken becomes U+FFFD.
namespace clipguide::media {

std::string valid_utf8(std::string_view text);
std::string utf8_from_latin1(std::string_view text);
std::string utf8_from_utf16(std::string_view bytes, bool big_endian);

/// UTF-8 (made valid first) as UTF-16, big end first, no byte order mark.
std::string utf16_big_endian(std::string_view text);

/// Printable ASCII, tabs and line feeds only.
bool is_plain_ascii(std::string_view text);

}  // namespace clipguide::media
