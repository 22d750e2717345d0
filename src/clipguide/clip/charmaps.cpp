#include "clipguide/clip/charmaps.h"

#include <unicode/ucnv.h>

#include <memory>
#include <vector>

#include "clipguide/base/error.h"

namespace clipguide::clip {
namespace {

constexpr char32_t kReplacement = 0xfffd;
constexpr char kLostByte = 0x1a;

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};

}  // namespace

Charmap::Charmap(const char* icu_name, bool sloppy) : name_(icu_name), sloppy_(sloppy) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, CloseConverter> converter(ucnv_open(icu_name, &error));
  if (U_FAILURE(error))
    base::throw_error<base::Error>("ICU: no encoding {}: {}", icu_name, u_errorName(error));
  for (std::size_t i = 0; i < high_.size(); ++i) {
    const char byte = char(0x80 + i);
    UChar units[2];
    const int32_t count = ucnv_toUChars(converter.get(), units, 2, &byte, 1, &error);
    high_[i] = count == 1 && units[0] != kReplacement ? char32_t(units[0]) : char32_t(0x80 + i);
  }
  if (name_ == "ibm-437") high_[0xe6 - 0x80] = 0xb5;  // the micro sign, where ICU has a Greek mu
  for (std::size_t i = 0; i < high_.size(); ++i) byte_.emplace(high_[i], char(0x80 + i));
  if (sloppy) byte_.emplace(kReplacement, kLostByte);
}

std::optional<std::string> Charmap::encode(std::u32string_view text) const {
  std::string bytes;
  bytes.reserve(text.size());
  for (const char32_t c : text) {
    if (c < 0x80) {
      if (sloppy_ && c == char32_t(kLostByte)) return {};
      bytes += char(c);
    } else if (const auto found = byte_.find(c); found != byte_.end()) {
      bytes += found->second;
    } else {
      return {};
    }
  }
  return bytes;
}

std::span<const Charmap> charmaps() {
  static const std::vector<Charmap> maps = [] {
    std::vector<Charmap> made;
    made.emplace_back("iso-8859-1", false);
    for (const char* name : {"windows-1252", "windows-1251", "windows-1250", "windows-1253",
                             "windows-1254", "windows-1257"})
      made.emplace_back(name, true);
    for (const char* name : {"iso-8859-2", "macintosh", "ibm-437"}) made.emplace_back(name, false);
    return made;
  }();
  return maps;
}

char32_t windows_1252_character(char32_t control) {
  return charmaps()[1].character(std::uint8_t(control));
}

}  // namespace clipguide::clip
