#pragma once

#include <string>
#include <string_view>

namespace clipguide::clip {

/// Text that was UTF-8, was read as a single-byte encoding, and so became mojibake ("schÃ¶n", also
/// several times over, in parts, or with bytes lost), put right where that is beyond doubt.
///   cost     linear in the text for each layer of mistakes, of which at most 16 are undone
///   Source   behaviour of ftfy 6 (Robyn Speer), `fix_encoding`
std::u32string fix_encoding(std::u32string text);

/// Whether some characters stand together as they do in mojibake and hardly ever in real text.
///   Source   ftfy 6, `badness`
bool looks_like_mojibake(std::u32string_view text);

}  // namespace clipguide::clip
