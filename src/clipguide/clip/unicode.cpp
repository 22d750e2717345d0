#include "clipguide/clip/unicode.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "clipguide/base/error.h"

namespace clipguide::clip {
namespace {

icu::UnicodeString to_icu(std::u32string_view text) {
  static_assert(sizeof(UChar32) == sizeof(char32_t));
  return icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()),
                                       int32_t(text.size()));
}

std::u32string from_icu(const icu::UnicodeString& text) {
  std::u32string out(std::size_t(text.countChar32()), U'\0');
  UErrorCode error = U_ZERO_ERROR;
  text.toUTF32(reinterpret_cast<UChar32*>(out.data()), int32_t(out.size()), error);
  return out;
}

void check(UErrorCode error) {
  if (U_FAILURE(error)) base::throw_error<base::Error>("ICU: {}", u_errorName(error));
}

bool has_category(char32_t c, std::uint32_t categories) {
  return (U_GET_GC_MASK(UChar32(c)) & categories) != 0;
}

/// Composes piece by piece: sorting a run of combining marks costs the square of its length, so no
/// piece grows without bound. Real text has a boundary every few characters.
std::u32string normalize(const icu::Normalizer2& form, std::u32string_view text) {
  constexpr std::size_t kPiece = 512, kLongestPiece = 1024;
  UErrorCode error = U_ZERO_ERROR;
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end) {
    end = std::min(begin + kPiece, text.size());
    while (end < text.size() && end - begin < kLongestPiece &&
           !form.hasBoundaryBefore(UChar32(text[end])))
      ++end;
    out += from_icu(form.normalize(to_icu(text.substr(begin, end - begin)), error));
  }
  check(error);
  return out;
}

}  // namespace

bool is_letter(char32_t c) { return has_category(c, U_GC_L_MASK); }
bool is_number(char32_t c) { return has_category(c, U_GC_N_MASK); }
bool is_space(char32_t c) { return u_isUWhiteSpace(UChar32(c)); }

std::u32string to_lower(std::u32string_view text) {
  return from_icu(to_icu(text).toLower(icu::Locale::getRoot()));
}

std::u32string to_upper(std::u32string_view text) {
  return from_icu(to_icu(text).toUpper(icu::Locale::getRoot()));
}

std::u32string compose(std::u32string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFCInstance(error);
  check(error);
  return normalize(*form, text);
}

std::u32string compatible(std::u32string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFKCInstance(error);
  check(error);
  return normalize(*form, text);
}

}  // namespace clipguide::clip
