#include "clipguide/clip/text_cleaning.h"

#include <algorithm>
#include <unordered_map>

#include "clipguide/base/utf8.h"
#include "clipguide/clip/charmaps.h"
#include "clipguide/clip/html_entities.h"
#include "clipguide/clip/mojibake.h"
#include "clipguide/clip/unicode.h"

namespace clipguide::clip {
namespace {

constexpr int kMostRounds = 16;  // bounds texts like &amp;amp;amp;.., which lose a layer a round

std::u32string_view ligature_letters(char32_t c) {
  static const std::unordered_map<char32_t, std::u32string_view> ligatures = {
      {U'Ĳ', U"IJ"},  {U'ĳ', U"ij"},  {U'ŉ', U"ʼn"}, {U'Ǳ', U"DZ"}, {U'ǲ', U"Dz"}, {U'ǳ', U"dz"},
      {U'Ǆ', U"DŽ"},  {U'ǅ', U"Dž"},  {U'ǆ', U"dž"}, {U'Ǉ', U"LJ"}, {U'ǈ', U"Lj"}, {U'ǉ', U"lj"},
      {U'Ǌ', U"NJ"},  {U'ǋ', U"Nj"},  {U'ǌ', U"nj"}, {U'ﬀ', U"ff"}, {U'ﬁ', U"fi"}, {U'ﬂ', U"fl"},
      {U'ﬃ', U"ffi"}, {U'ﬄ', U"ffl"}, {U'ﬅ', U"ſt"}, {U'ﬆ', U"st"}};
  const auto found = ligatures.find(c);
  return found == ligatures.end() ? std::u32string_view{} : found->second;
}

bool is_removed_control(char32_t c) {
  return c <= 0x08 || c == 0x0b || (c >= 0x0e && c <= 0x1f) || c == 0x7f ||
         (c >= 0x206a && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffc);
}

void append_standard_width(std::u32string& out, char32_t c) {
  if (c == 0x3000)
    out += U' ';
  else if (c >= 0xff01 && c <= 0xffef)
    out += compatible({&c, 1});
  else
    out += c;
}

/// Replaces single characters; control characters stay, the escape sequences begin with one.
std::u32string replace_characters(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (char32_t c : text) {
    if (c >= 0x80 && c < 0xa0) c = windows_1252_character(c);
    const std::u32string_view letters = ligature_letters(c);
    for (const char32_t l : letters.empty() ? std::u32string_view(&c, 1) : letters) {
      if (l == 0x02bc || (l >= 0x2018 && l <= 0x201b))
        out += U'\'';
      else if (l >= 0x201c && l <= 0x201f)
        out += U'"';
      else if (l == 0x2028 || l == 0x2029)
        out += U'\n';
      else
        append_standard_width(out, l);
    }
  }
  return out;
}

/// Length of the escape sequence (ESC [ numbers letter) at the begin of `text`, or 0.
std::size_t terminal_escape(std::u32string_view text) {
  if (!text.starts_with(U"\x1b[")) return 0;
  std::size_t at = 2;
  while (at < text.size() && (text[at] == U';' || (text[at] >= U'0' && text[at] <= U'9'))) ++at;
  const char32_t last = at < text.size() ? text[at] | 0x20 : U'\0';
  return last >= U'a' && last <= U'z' ? at + 1 : 0;
}

/// Line ends become \n; escape sequences and control characters go.
std::u32string remove_controls(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t escape = terminal_escape(text.substr(at))) {
      at += escape;
      continue;
    }
    const char32_t c = text[at++];
    if (c == U'\r') {
      out += U'\n';
      if (at < text.size() && text[at] == U'\n') ++at;
    } else if (!is_removed_control(c)) {
      out += c;
    }
  }
  return out;
}

std::u32string fix_line(std::u32string line, bool unescape) {
  for (int round = 0; round < kMostRounds; ++round) {
    const bool may_unescape = unescape && line.find(U'&') != line.npos;
    std::u32string fixed = fix_encoding(may_unescape ? unescape_html_strictly(line) : line);
    fixed = compose(remove_controls(replace_characters(fixed)));
    if (fixed == line) break;
    line = std::move(fixed);
  }
  return line;
}

/// Words of the text with one space between them.
std::u32string collapse_spaces(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  bool gap = false;
  for (const char32_t c : text) {
    if (is_space(c)) {
      gap = true;
      continue;
    }
    if (gap && !out.empty()) out += U' ';
    gap = false;
    out += c;
  }
  return out;
}

}  // namespace

std::u32string fix_text(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  bool unescape = true;
  for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end) {
    end = std::min(text.find(U'\n', begin), text.size() - 1) + 1;
    const std::u32string_view line = text.substr(begin, end - begin);
    // With a < the text is HTML in which references stand on purpose, from here to its end.
    unescape = unescape && line.find(U'<') == line.npos;
    out += fix_line(std::u32string(line), unescape);
  }
  return out;
}

std::u32string clean_text(std::string_view text) {
  const std::u32string fixed = fix_text(base::from_utf8(text));
  return to_lower(collapse_spaces(unescape_html(unescape_html(fixed))));
}

}  // namespace clipguide::clip
