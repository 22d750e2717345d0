#include "clipguide/clip/mojibake.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "clipguide/base/utf8.h"
#include "clipguide/clip/charmaps.h"

namespace clipguide::clip {
namespace {

constexpr int kMostLayers = 16;  // each layer of mojibake doubles the text

using Byte = std::uint8_t;

/// A set of byte values, for patterns of a few bytes.
class ByteSet {
 public:
  struct Range {
    int first, last;
  };
  ByteSet(std::initializer_list<Range> ranges) {
    for (const Range& range : ranges)
      for (int b = range.first; b <= range.last; ++b) holds_[std::size_t(b)] = true;
  }
  bool has(char byte) const { return holds_[Byte(byte)]; }

 private:
  std::array<bool, 256> holds_{};
};
using BytePattern = std::vector<ByteSet>;

/// Length of the first pattern that fits at `at`, or 0.
std::size_t match_at(std::string_view bytes, std::size_t at,
                     const std::vector<BytePattern>& patterns) {
  for (const BytePattern& pattern : patterns) {
    std::size_t i = 0;
    while (i < pattern.size() && at + i < bytes.size() && pattern[i].has(bytes[at + i])) ++i;
    if (i == pattern.size()) return i;
  }
  return 0;
}

template <class Replace>
std::string replace_matches(std::string_view bytes, const std::vector<BytePattern>& patterns,
                            Replace replace) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = match_at(bytes, at, patterns);
    if (length == 0)
      out += bytes[at++];
    else
      out += replace(bytes.substr(at, length)), at += length;
  }
  return out;
}

/// UTF-8 whose byte a0, a hard space to whoever cleaned it, was made a space: only where a likely
/// character results.
const std::vector<BytePattern>& spaced_utf8() {
  static const ByteSet space{{' ', ' '}}, any{{0x80, 0xbf}}, f0{{0xf0, 0xf0}};
  static const ByteSet likely{{0x80, 0x84}, {0x86, 0x9f}, {0xa1, 0xbf}};  // 85 was an ellipsis
  static const std::vector<BytePattern> patterns = {
      {{{0xc2, 0xc3}, {0xc5, 0xc5}, {0xce, 0xce}, {0xd0, 0xd0}, {0xd9, 0xd9}}, space},
      {{{0xe2, 0xe3}}, space, likely},
      {{{0xe0, 0xe3}}, likely, space},
      {f0, space, any, any},
      {f0, any, space, any},
      {f0, any, any, space},
  };
  return patterns;
}

/// "Ã la" was "à la": the word à keeps a space of its own, unless a word begins with it.
std::string separate_word_a(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::string_view rest = bytes.substr(at);
    const auto continues = [&](std::string_view word) { return rest.substr(2).starts_with(word); };
    if (rest.starts_with("\xc3 ") && !continues(" ") && !continues("quele") &&
        !continues("quela") && !continues("quilo") && !continues("s ")) {
      out += "\xc3\xa0 ";
      at += 2;
    } else {
      out += bytes[at++];
    }
  }
  return out;
}

std::string restore_hard_spaces(const std::string& bytes) {
  bool found = false;
  for (std::size_t at = 0; at < bytes.size() && !found; ++at)
    found = match_at(bytes, at, spaced_utf8()) > 0;
  if (!found) return bytes;
  return replace_matches(separate_word_a(bytes), spaced_utf8(), [](std::string_view match) {
    std::string restored(match);
    std::replace(restored.begin(), restored.end(), ' ', '\xa0');
    return restored;
  });
}

/// UTF-8 of which some bytes were lost (1a, or one question mark) becomes U+FFFD as a whole.
std::string replace_lossy(std::string_view bytes) {
  static const ByteSet lost{{0x1a, 0x1a}}, gone{{0x1a, 0x1a}, {'?', '?'}};
  static const ByteSet rest{{0x1a, 0x1a}, {0x80, 0xbf}};
  static const ByteSet rest_or_gone{{0x1a, 0x1a}, {'?', '?'}, {0x80, 0xbf}};
  static const ByteSet ed{{0xed, 0xed}}, high{{0xa0, 0xaf}}, low{{0xb0, 0xbf}};
  static const ByteSet three{{0xe0, 0xef}}, four{{0xf0, 0xf4}};
  static const std::vector<BytePattern> patterns = {
      {{{0xc2, 0xdf}}, lost},
      {{{0xc2, 0xc3}}, {{'?', '?'}}},
      {ed, high, gone, ed, low, rest_or_gone},
      {ed, high, rest_or_gone, ed, low, gone},
      {three, gone, rest},
      {three, rest, gone},
      {four, gone, rest, rest},
      {four, rest, gone, rest},
      {four, rest, rest, gone},
      {lost},
  };
  return replace_matches(bytes, patterns, [](std::string_view) { return "\xef\xbf\xbd"; });
}

/// Rewrites CESU-8 (UTF-16 pairs, three bytes each) and Java's c0 80 for NUL as UTF-8.
std::string standard_utf8(std::string_view bytes) {
  static const std::vector<BytePattern> variants = {
      {{{0xed, 0xed}},
       {{0xa0, 0xaf}},
       {{0x80, 0xbf}},
       {{0xed, 0xed}},
       {{0xb0, 0xbf}},
       {{0x80, 0xbf}}},
      {{{0xc0, 0xc0}}, {{0x80, 0x80}}},
  };
  return replace_matches(bytes, variants, [](std::string_view match) {
    if (match.size() == 2) return std::string(1, '\0');
    const auto bits = [&](std::size_t i, int mask) { return char32_t(match[i] & mask); };
    std::string pair;
    base::append_utf8(pair, 0x10000 + (bits(1, 0x0f) << 16 | bits(2, 0x3f) << 10 |
                                       bits(4, 0x0f) << 6 | bits(5, 0x3f)));
    return pair;
  });
}

/// The text that was read as `map` by mistake, if its bytes are UTF-8 after all.
std::optional<std::u32string> decode_as_utf8(std::string bytes, const Charmap& map) {
  if (map.name() != "macintosh") bytes = restore_hard_spaces(bytes);  // there it is a dash, a space
  if (map.sloppy()) bytes = replace_lossy(bytes);
  if (bytes.find_first_of("\xed\xc0") != bytes.npos) bytes = standard_utf8(bytes);
  if (base::valid_utf8_prefix(bytes) != bytes.size()) return {};
  return base::from_utf8(bytes);
}

/// What the bytes of UTF-8 look like in Latin-1 and the Windows encodings: which part of a sequence
/// a character may be.
struct Part {
  int lead = 0;  // length of the sequence that it would begin, or 0
  bool continues = false;
  bool surely_continues = false;  // and hardly stands for itself beside mojibake
};

Part part_of(char32_t c) {
  static const std::unordered_map<char32_t, Part> parts = [] {
    std::unordered_map<char32_t, Part> table;
    for (const Charmap& map : charmaps().first(7)) {
      for (int b = 0x80; b <= 0xbf; ++b) table[map.character(Byte(b))].continues = true;
      for (int b = 0xc2; b <= 0xdf; ++b) table[map.character(Byte(b))].lead = 2;
      for (int b = 0xe0; b <= 0xef; ++b) table[map.character(Byte(b))].lead = 3;
      for (const Byte b : {0xf0, 0xf3}) table[map.character(b)].lead = 4;
    }
    for (auto& [c, part] : table) part.surely_continues = part.continues;
    for (const char32_t c : std::u32string_view(U"–—―‘’‚“”„•…")) table[c].surely_continues = false;
    table[U' '].continues = true;  // a hard space once
    return table;
  }();
  const auto found = parts.find(c);
  return found == parts.end() ? Part{} : found->second;
}

/// End of the run of what looks like UTF-8 sequences at `at`; `at` itself when there is none.
std::size_t after_sequences(std::u32string_view text, std::size_t at) {
  for (;;) {
    const std::size_t length = at < text.size() ? std::size_t(part_of(text[at]).lead) : 0;
    if (length == 0 || at + length > text.size()) return at;
    for (std::size_t i = 1; i < length; ++i)
      if (!part_of(text[at + i]).continues) return at;
    at += length;
  }
}

/// Repairs mojibake that stands among other text, run by run.
std::u32string fix_embedded(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    // In the middle of a garble no sequence begins: part of it put right would make it worse.
    const bool inside = at > 0 && part_of(text[at - 1]).surely_continues;
    const std::size_t end = inside ? at : after_sequences(text, at);
    const std::u32string_view run = text.substr(at, end - at);
    if (run.empty())
      out += text[at++];
    else if (run.size() < text.size() && looks_like_mojibake(run))
      out += fix_encoding(std::u32string(run)), at = end;
    else
      out += run, at = end;
  }
  return out;
}

/// Latin-1 that should have been Windows-1252: every control is one that Windows gives a character.
std::u32string latin_1_as_windows_1252(std::u32string text) {
  for (char32_t& c : text)
    if (c >= 0x80 && c < 0xa0) c = windows_1252_character(c);
  return text;
}

bool is_ascii(std::u32string_view text) {
  return std::all_of(text.begin(), text.end(), [](char32_t c) { return c < 0x80; });
}

/// Undoes one layer of mistakes.
std::u32string fix_one_layer(const std::u32string& text) {
  if (is_ascii(text) || !looks_like_mojibake(text)) return text;
  for (const Charmap& map : charmaps())
    if (std::optional<std::string> bytes = map.encode(text))
      if (std::optional<std::u32string> fixed = decode_as_utf8(std::move(*bytes), map))
        return *fixed;
  std::u32string fixed = fix_embedded(text);
  return fixed != text ? fixed : latin_1_as_windows_1252(std::move(fixed));
}

}  // namespace

std::u32string fix_encoding(std::u32string text) {
  for (int layer = 0; layer < kMostLayers; ++layer) {
    std::u32string fixed = fix_one_layer(text);
    if (fixed == text) break;
    text = std::move(fixed);
  }
  return text;
}

}  // namespace clipguide::clip
