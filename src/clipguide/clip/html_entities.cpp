#include "clipguide/clip/html_entities.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <unordered_map>

#include "clipguide/clip/charmaps.h"
#include "clipguide/clip/unicode.h"

namespace clipguide::clip {
namespace {

constexpr std::size_t kLongestName = 32;  // CounterClockwiseContourIntegral has 31

constexpr std::string_view kEntities =
#include "clipguide/clip/html_entities.inc"
    ;

struct Entity {
  std::u32string value;
  bool legacy = false;  // known without the semicolon too
};
using EntityTable = std::unordered_map<std::string_view, Entity>;

char32_t parse_hex(std::string_view digits) {
  std::uint32_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

EntityTable parse_entities(std::string_view rows) {
  EntityTable table;
  for (std::size_t at = 0; at < rows.size();) {
    const std::size_t end = rows.find(' ', at), equal = rows.find('=', at);
    std::string_view name = rows.substr(at, equal - at);
    const std::string_view value = rows.substr(equal + 1, end - equal - 1);
    Entity entity;
    entity.legacy = name.ends_with('!');
    if (entity.legacy) name.remove_suffix(1);
    const std::size_t plus = value.find('+');
    entity.value += parse_hex(value.substr(0, plus));
    if (plus != value.npos) entity.value += parse_hex(value.substr(plus + 1));
    table.emplace(name, std::move(entity));
    at = end + 1;
  }
  return table;
}

const Entity* find_entity(std::string_view name) {
  static const EntityTable table = parse_entities(kEntities);
  const auto found = table.find(name);
  return found == table.end() ? nullptr : &found->second;
}

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool is_alphanumeric(char32_t c) {
  return is_digit(c) || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
}
int hex_digit(char32_t c) {
  if (is_digit(c)) return int(c - U'0');
  if (c >= U'a' && c <= U'f') return int(c - U'a') + 10;
  if (c >= U'A' && c <= U'F') return int(c - U'A') + 10;
  return -1;
}

bool is_dropped(char32_t c) {
  return (c >= 0x01 && c <= 0x08) || c == 0x0b || (c >= 0x0e && c <= 0x1f) || c == 0x7f ||
         (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

std::u32string numbered_character(char32_t number) {
  if (number == 0 || number > 0x10ffff || (number >= 0xd800 && number <= 0xdfff)) return U"\ufffd";
  if (number >= 0x80 && number < 0xa0) number = windows_1252_character(number);
  if (is_dropped(number)) return {};
  return {number};
}

struct Reference {
  std::u32string value;
  std::size_t length;  // characters taken, the & included
};

/// &#233; &#xe9; with or without the semicolon
std::optional<Reference> read_number(std::u32string_view text) {
  if (text.size() < 3 || text[1] != U'#') return {};
  const bool hex = text[2] == U'x' || text[2] == U'X';
  const std::size_t begin = hex ? 3 : 2;
  std::size_t at = begin;
  char32_t number = 0;
  for (; at < text.size(); ++at) {
    const int digit = hex ? hex_digit(text[at]) : is_digit(text[at]) ? int(text[at] - U'0') : -1;
    if (digit < 0) break;
    number = std::min<char32_t>(number * (hex ? 16 : 10) + char32_t(digit), 0x110000);
  }
  if (at == begin) return {};
  if (at < text.size() && text[at] == U';') ++at;
  return Reference{numbered_character(number), at};
}

/// The characters after & that may belong to a name; no entity's name is other than ASCII.
std::string name_after(std::u32string_view text) {
  std::string name;
  while (name.size() < kLongestName && name.size() + 1 < text.size() &&
         is_alphanumeric(text[name.size() + 1]))
    name += char(text[name.size() + 1]);
  return name;
}

std::optional<Reference> read_name(std::u32string_view text) {
  std::string name = name_after(text);
  const std::size_t length = name.size() + 1;
  if (length < text.size() && text[length] == U';')
    if (const Entity* entity = find_entity(name)) return Reference{entity->value, length + 1};
  for (; name.size() > 1; name.pop_back())
    if (const Entity* entity = find_entity(name); entity && entity->legacy)
      return Reference{entity->value, name.size() + 1};
  return {};
}

/// &EACUTE; for &eacute;, unless the capitals are, or begin with, a name of their own.
std::optional<Reference> read_capitals(std::u32string_view text, const std::string& name) {
  if (std::any_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; })) return {};
  if (read_name(text)) return {};
  std::string lower = name;
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  const Entity* entity = find_entity(lower);
  if (!entity) return {};
  return Reference{to_upper(entity->value), name.size() + 2};
}

std::optional<Reference> read_strictly(std::u32string_view text) {
  constexpr std::size_t kLongest = 24;  // ftfy's bound, below that of the names
  if (text.size() > 1 && text[1] == U'#') {
    const std::optional<Reference> number = read_number(text);
    if (!number || number->length > kLongest + 3 || text[number->length - 1] != U';') return {};
    if (number->value == U";") return {};
    return number;
  }
  const std::string name = name_after(text);
  const std::size_t end = name.size() + 1;
  if (name.empty() || name.size() > kLongest || end >= text.size() || text[end] != U';') return {};
  if (const Entity* entity = find_entity(name)) return Reference{entity->value, end + 1};
  return read_capitals(text, name);
}

template <class Read>
std::u32string replace_references(std::u32string_view text, Read read) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = std::min(text.find(U'&', at), text.size());
    out += text.substr(at, next - at);
    at = next;
    if (at == text.size()) break;
    if (const std::optional<Reference> reference = read(text.substr(at))) {
      out += reference->value;
      at += reference->length;
    } else {
      out += text[at++];
    }
  }
  return out;
}

std::optional<Reference> read_reference(std::u32string_view text) {
  if (text.size() > 1 && text[1] == U'#') return read_number(text);
  return read_name(text);
}

}  // namespace

std::u32string unescape_html(std::u32string_view text) {
  return replace_references(text, read_reference);
}

std::u32string unescape_html_strictly(std::u32string_view text) {
  return replace_references(text, read_strictly);
}

}  // namespace clipguide::clip
