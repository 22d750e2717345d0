#include "clipguide/media/text_encoding.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace clipguide::media {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

void append_utf8(std::string& out, char32_t code) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = kReplacement;
  if (code < 0x80) {
    out += char(code);
  } else if (code < 0x800) {
    out += char(0xC0 | code >> 6);
    out += char(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += char(0xE0 | code >> 12);
    out += char(0x80 | (code >> 6 & 0x3F));
    out += char(0x80 | (code & 0x3F));
  } else {
    out += char(0xF0 | code >> 18);
    out += char(0x80 | (code >> 12 & 0x3F));
    out += char(0x80 | (code >> 6 & 0x3F));
    out += char(0x80 | (code & 0x3F));
  }
}

// The code point at `at`, which moves behind it; one broken byte is one replacement.
char32_t next_code(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? std::uint8_t(text[i]) : 0u; };
  const unsigned lead = byte(at++);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  if (lead < 0xC2 || lead > 0xF4) return kReplacement;
  char32_t code = lead & (0x3Fu >> more);
  for (int i = 0; i < more; ++i) {
    const unsigned next = byte(at + std::size_t(i));
    if ((next & 0xC0) != 0x80) return kReplacement;
    code = code << 6 | (next & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (code < kLeast[more] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
    return kReplacement;
  at += std::size_t(more);
  return code;
}

void append_unit(std::string& out, unsigned unit) {
  out += char(unit >> 8);
  out += char(unit & 0xFF);
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) append_utf8(out, next_code(text, at));
  return out;
}

std::string utf8_from_latin1(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) append_utf8(out, std::uint8_t(c));
  return out;
}

std::string utf8_from_utf16(std::string_view bytes, bool big_endian) {
  const auto unit = [&](std::size_t i) -> char32_t {
    const std::uint8_t a = std::uint8_t(bytes[i]), b = std::uint8_t(bytes[i + 1]);
    return big_endian ? char32_t(a << 8 | b) : char32_t(b << 8 | a);
  };
  std::string out;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    char32_t code = unit(i);
    if (code >= 0xD800 && code < 0xDC00 && i + 3 < bytes.size()) {
      const char32_t low = unit(i + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        i += 2;
      }
    }
    append_utf8(out, code);
  }
  return out;
}

std::string utf16_big_endian(std::string_view text) {
  std::string out;
  out.reserve(2 * text.size());
  for (std::size_t at = 0; at < text.size();) {
    char32_t code = next_code(text, at);
    if (code == 0) code = kReplacement;
    if (code < 0x10000) {
      append_unit(out, unsigned(code));
    } else {
      append_unit(out, unsigned(0xD800 + ((code - 0x10000) >> 10)));
      append_unit(out, unsigned(0xDC00 + ((code - 0x10000) & 0x3FF)));
    }
  }
  return out;
}

bool is_plain_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 32 && c < 127) || c == '\n' || c == '\t'; });
}

}  // namespace clipguide::media
