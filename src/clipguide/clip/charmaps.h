#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace clipguide::clip {

/// A single-byte encoding in which UTF-8 is read by mistake. ASCII stands for itself.
class Charmap {
 public:
  /// A sloppy map gives the bytes its standard leaves open the meaning they have in Latin-1, and
  /// writes U+FFFD, a byte that was lost, as 0x1a.
  Charmap(const char* icu_name, bool sloppy);

  const std::string& name() const { return name_; }
  bool sloppy() const { return sloppy_; }

  char32_t character(std::uint8_t byte) const { return byte < 0x80 ? byte : high_[byte - 0x80]; }

  /// The bytes that this encoding would have read as `text`, if there are such.
  std::optional<std::string> encode(std::u32string_view text) const;

 private:
  std::string name_;
  bool sloppy_;
  std::array<char32_t, 128> high_{};
  std::unordered_map<char32_t, char> byte_;
};

/// Latin-1, Windows-1252, -1251, -1250, -1253, -1254, -1257, Latin-2, Mac Roman, code page 437: in
/// the order in which mistakes are looked for.   Source: ftfy
std::span<const Charmap> charmaps();

/// What a C1 control character stands for when it was meant as Windows-1252; open codes as is.
char32_t windows_1252_character(char32_t control);

}  // namespace clipguide::clip
