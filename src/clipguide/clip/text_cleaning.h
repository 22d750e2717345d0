#pragma once

#include <string>
#include <string_view>

namespace clipguide::clip {

/// The repairs that come before everything else: encoding mistakes, character references, curly
/// quotes, Latin ligatures, full- and half-width forms, line ends, terminal escapes, control
/// characters, NFC; again until nothing changes.   Source: behaviour of ftfy 6, `fix_text`
std::u32string fix_text(std::u32string_view text);

/// What CLIP's tokenizer sees: repaired, HTML unescaped twice, white space collapsed and stripped,
/// lower case.
///   text     well-formed UTF-8
///   cost     linear in the text; under a second for a megabyte
///   Source   openai/CLIP simple_tokenizer: basic_clean, whitespace_clean, lower
std::u32string clean_text(std::string_view text);

}  // namespace clipguide::clip
