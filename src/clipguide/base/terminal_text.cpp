#include "clipguide/base/terminal_text.h"

#include <algorithm>
#include <cstddef>

#include "clipguide/base/utf8.h"

namespace clipguide::base {
namespace {

constexpr char32_t kEscape = 0x1b, kBell = 0x07, kStringEnd = 0x9c;

/// The C1 control that begins at `at`, `length` set to 1 or, when written as ESC and a letter, 2.
char32_t control_at(std::u32string_view text, std::size_t at, std::size_t& length) {
  length = 1;
  if (text[at] >= 0x80 && text[at] < 0xa0) return text[at];
  if (text[at] != kEscape || at + 1 >= text.size()) return 0;
  if (text[at + 1] < 0x40 || text[at + 1] > 0x5f) return 0;
  length = 2;
  return text[at + 1] + 0x40;
}

bool ends_string(std::u32string_view text, std::size_t at, std::size_t& length) {
  const char32_t control = control_at(text, at, length);
  return text[at] == kBell || control == kStringEnd;
}

/// End of a control string (title, colour, graphics), `text` cut after the last end of such a
/// string. One that never ends hides no text: then only its introducer goes.
std::size_t after_string(std::u32string_view text, std::size_t begin) {
  std::size_t length = 0;
  for (std::size_t at = begin; at < text.size(); ++at)
    if (ends_string(text, at, length)) return at + length;
  return begin;
}

std::size_t after_csi(std::u32string_view text, std::size_t at) {
  while (at < text.size() && text[at] >= 0x20 && text[at] <= 0x3f) ++at;
  return at < text.size() && text[at] >= 0x40 && text[at] <= 0x7e ? at + 1 : at;
}

std::size_t after_escape(std::u32string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && text[at] >= 0x20 && text[at] <= 0x2f) ++at;
  return at < text.size() && text[at] >= 0x30 && text[at] <= 0x7e ? at + 1 : at;
}

/// Position after the last end of a control string: known once, no unended string is searched
/// again.
std::size_t last_string_end(std::u32string_view text) {
  std::size_t length = 0;
  for (std::size_t at = text.size(); at-- > 0;)
    if (ends_string(text, at, length)) return at + length;
  return 0;
}

/// First position after the escape sequence at `at`, or `at` when there is none.
std::size_t after_sequence(std::u32string_view text, std::size_t at, std::size_t string_end) {
  std::size_t length = 0;
  const char32_t control = control_at(text, at, length);
  if (control == 0x9b) return after_csi(text, at + length);
  if (control == 0x90 || control == 0x98 || (control >= 0x9d && control <= 0x9f))
    return after_string(text.substr(0, std::max(string_end, at + length)), at + length);
  if (control != 0) return at + length;
  return text[at] == kEscape ? after_escape(text, at) : at;
}

bool reorders(char32_t c) {
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

std::string terminal_text(std::string_view utf8) {
  const std::u32string text = from_utf8(utf8);
  const std::size_t string_end = last_string_end(text);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = after_sequence(text, at, string_end);
    if (next > at) {
      at = next;
      continue;
    }
    const char32_t c = text[at++];
    if ((c >= 0x09 && c <= 0x0d) || c == 0x2028 || c == 0x2029)
      out += ' ';
    else if (c >= 0x20 && c != 0x7f && !reorders(c))
      append_utf8(out, c);
  }
  return out;
}

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace clipguide::base
