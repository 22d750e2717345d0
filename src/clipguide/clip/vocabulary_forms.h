#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "clipguide/base/error.h"

/// The forms in which vocabularies are stored, read as they spell their tokens.
namespace clipguide::clip {

/// A vocabulary as its file spells it.
struct SpelledVocabulary {
  struct Merge {
    std::string left, right;
    std::size_t line;
  };
  std::string name;                 ///< of the file that holds the merges, for messages
  const char* merge_unit = "line";  ///< what `line` counts
  std::vector<Merge> merges;
  std::unordered_map<std::string, std::int64_t> ids;
  std::size_t last_line = 0;

  template <class... Args>
  [[noreturn]] void fail(std::size_t line, fmt::format_string<Args...> format,
                         Args&&... args) const {
    base::throw_error<base::FormatError>("{}: {} {}: {}", name, merge_unit, line,
                                         fmt::format(format, std::forward<Args>(args)...));
  }
};

/// The visible character each byte is spelled as: itself if printable in Latin-1, else one from
/// U+0100 on. `order` is the order in which a merge list's tokens begin.   Source: GPT-2
struct ByteSpelling {
  std::vector<std::uint8_t> order;
  std::array<std::string, 256> spelling;
  std::unordered_map<char32_t, char> byte;
};
const ByteSpelling& byte_spelling();

inline constexpr std::string_view kWordEnd = "</w>";

/// The beginning of a foreign token, fit for a message.
std::string shown_token(std::string_view token);

/// Reads any of the forms that read_vocabulary knows.
SpelledVocabulary read_spelled_vocabulary(const std::filesystem::path& path);

}  // namespace clipguide::clip
