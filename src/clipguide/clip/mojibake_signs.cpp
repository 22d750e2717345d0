// The heuristic that tells mojibake from text: characters sorted into kinds by what they are used
// for, and the neighbourhoods of kinds and of single characters that real text does not have.

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "clipguide/clip/mojibake.h"
#include "clipguide/clip/unicode.h"

namespace clipguide::clip {
namespace {

/// Kinds of the characters that UTF-8 turns into; one bit each.
enum Kind : std::uint32_t {
  kPlain = 0,
  kControl = 1 << 0,  // C1
  kOdd = 1 << 1,      // next to nothing but mojibake
  kEveryday = 1 << 2,
  kLaw = 1 << 3,
  kMoney = 1 << 4,
  kOpening = 1 << 5,
  kClosing = 1 << 6,
  kMaths = 1 << 7,
  kUpper = 1 << 8,  // accented Latin capitals
  kLower = 1 << 9,
  kUpperScript = 1 << 10,  // Greek and Cyrillic capitals
  kLowerScript = 1 << 11,
  kBox = 1 << 12,
  kFace = 1 << 13,  // letters that faces are drawn with: Ò_ó
};

constexpr std::uint32_t kAccented = kUpper | kLower;
constexpr std::uint32_t kQuoting = kOpening | kClosing;
constexpr std::uint32_t kAnySign = kAccented | kBox | kQuoting | kMoney | kMaths | kLaw;

struct KindRange {
  Kind kind;
  char32_t first, last;
};
struct KindList {
  Kind kind;
  std::u32string_view characters;
};

constexpr KindRange kRanges[] = {
    {kControl, 0x80, 0x9f},     {kUpper, U'À', U'Ñ'},       {kLower, U'à', U'ñ'},
    {kFace, U'Ò', U'Ö'},        {kFace, U'Ù', U'Û'},        {kFace, U'ò', U'ö'},
    {kFace, U'ø', U'û'},        {kUpperScript, U'Α', U'Ω'}, {kLowerScript, U'α', U'ω'},
    {kUpperScript, U'Ё', U'Я'}, {kLowerScript, U'а', U'џ'}, {kBox, U'═', U'╬'},
};

constexpr KindList kLists[] = {
    {kEveryday, U"\u00a0\u00ad·´–—―…’"},
    {kOdd, U"¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\ufffdªº"},
    {kLaw, U"¶§"},
    {kMoney, U"¢£¥₧€"},
    {kOpening, U"¡«¿©\u0384\u0385‘‚“„•‹\uf8ff"},
    {kClosing, U"®»˝”›™"},
    {kMaths, U"²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№"},
    {kUpper, U"ØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ"},
    {kLower, U"ßüăąāćčďđęěēėğģįīķĺľłļœŕśşšťźżžґ\ufb01\ufb02"},
    {kUpperScript, U"ÞΆΈΉΊΌΎΏΪΫ"},
    {kLowerScript, U"άέήίΰ"},
    {kBox, U"│┌┐┘├┤┬┼▀▄█▌▐░▒▓"},
    {kFace, U"ŐŌŪŲ°"},
};

std::uint32_t kind_of(char32_t c) {
  static const std::unordered_map<char32_t, Kind> kinds = [] {
    std::unordered_map<char32_t, Kind> table;
    for (const KindRange& range : kRanges)
      for (char32_t c = range.first; c <= range.last; ++c) table.emplace(c, range.kind);
    for (const KindList& list : kLists)
      for (const char32_t c : list.characters) table.emplace(c, list.kind);
    return table;
  }();
  if (c < 0x80) return kPlain;
  const auto found = kinds.find(c);
  return found == kinds.end() ? std::uint32_t(kPlain) : std::uint32_t(found->second);
}

/// Kinds that do not follow a kind directly.
std::uint32_t unlikely_after(std::uint32_t kind) {
  switch (kind) {
    case kOdd:
      return kAnySign | kOdd;
    case kLower:
      return kOdd | kUpper | kMoney | kBox;
    case kUpper:
      return kOdd | kMaths | kLaw | kBox;
    case kLowerScript:
      return kUpper;
    case kBox:
      return kOdd | kAccented | kMoney | kMaths | kLaw | kQuoting | kFace;
    case kClosing:
      return kOdd | kAccented | kMoney | kBox;
    case kMoney:
    case kMaths:
      return kOdd | kAccented | kOpening | kBox;
    case kOpening:
    case kLaw:
      return kOdd | kBox;
    default:
      return 0;
  }
}

bool is_ascii_lower(char32_t c) { return c >= U'a' && c <= U'z'; }
bool is_ascii_letter(char32_t c) { return is_ascii_lower(c) || (c >= U'A' && c <= U'Z'); }
bool one_of(char32_t c, std::u32string_view set) { return c && set.find(c) != set.npos; }

/// A place in the text; outside of it stand NULs, which are of no kind.
class Place {
 public:
  Place(std::u32string_view text, std::size_t at) : text_(text), at_(at) {}
  bool has(std::size_t i) const { return at_ + i < text_.size(); }
  char32_t at(std::size_t i) const { return has(i) ? text_[at_ + i] : U'\0'; }
  bool is(std::size_t i, std::uint32_t kinds) const { return (kind_of(at(i)) & kinds) != 0; }
  bool in(std::size_t i, std::u32string_view set) const { return one_of(at(i), set); }
  bool first() const { return at_ == 0; }

 private:
  std::u32string_view text_;
  std::size_t at_;
};

/// Three kinds in a row, or two within a word.
bool unlikely_in_context(const Place& p) {
  if (is_ascii_letter(p.at(0)) && p.is(1, kLowerScript | kUpperScript) && p.is(2, kOdd))
    return true;
  if (p.has(0) && is_space(p.at(0)) && p.is(1, kUpper) && p.is(2, kMoney)) return true;
  if (is_ascii_lower(p.at(0)) && p.is(1, kUpper) && p.is(2, kOpening | kMoney)) return true;
  if (p.is(0, kAccented | kBox | kMoney | kClosing) && p.is(1, kOpening) && p.is(2, kMaths))
    return true;
  if (p.is(0, kAccented | kMoney | kMaths | kBox | kLaw) && p.is(1, kClosing) && p.is(2, kOpening))
    return true;
  return p.is(0, kAccented) && p.is(1, kQuoting) &&
         (is_letter(p.at(2)) || is_number(p.at(2)) || p.at(2) == U'_');
}

/// What the common characters turn into when read as Windows-1252.
bool signs_of_windows_1252(const Place& p) {
  const auto arabic = [&](std::size_t i) {
    return p.in(i, U"ØÙ") &&
           (p.is(i + 1, kEveryday | kMoney | kOdd | kMaths | kOpening) || p.in(i + 1, U"ŸŠ®°µ»"));
  };
  if (p.in(0, U"Œœ") && p.has(1) && !is_ascii_letter(p.at(1))) return true;
  if (p.is(0, kUpper) && p.at(1) == U'°') return true;
  if (p.in(0, U"ÂÃÎÐ") && (p.is(1, kQuoting) || p.in(1, U"€œŠš¢£Ÿž\u00a0\u00ad®©°·»–—´")))
    return true;
  if (p.at(0) == U'×' && p.in(1, U"²³")) return true;
  if (arabic(0) && arabic(2)) return true;
  if (p.at(0) == U'à' && p.in(1, U"²µ¹¼½¾")) return true;
  return false;
}

/// à and the hard space, whose second byte was taken for a plain space.
bool signs_of_lost_hard_space(const Place& p) {
  const auto lead = [&](std::size_t i) { return p.in(i, U"ÃÂ") && p.at(i + 1) == U' '; };
  if (p.at(0) == U'Ã' && p.in(1, U"\u00a0¡")) return true;
  if (p.first() && lead(0)) return true;
  if (is_ascii_lower(p.at(0)) && (lead(1) || (p.has(1) && is_space(p.at(1)) && lead(2))))
    return true;
  return (is_ascii_lower(p.at(0)) || p.in(0, U".,?!") || p.is(0, kClosing)) && p.at(1) == U'Â' &&
         (p.at(2) == U' ' || p.is(2, kQuoting));
}

bool signs_of_mac_roman(const Place& p) {
  if (p.at(0) == U'√') return p.in(1, U"±∂†≠®™´≤≥¥µø");
  if (p.at(0) == U'≈') return p.in(1, U"°¢");
  if (p.at(0) != U'‚') return false;
  return (p.at(1) == U'Ä' && p.in(2, U"ìîïòôúùû†°¢π")) || (p.in(1, U"âó") && p.in(2, U"àä°ê"));
}

bool signs_of_other_scripts(const Place& p) {
  constexpr std::uint32_t kWedged = kControl | kOdd | kQuoting | kMoney;
  const auto wedged = [&](std::u32string_view letters, std::u32string_view more) {
    return p.in(0, letters) && (p.is(1, kWedged) || p.in(1, more)) && p.in(2, letters);
  };
  if (p.at(0) == U'в' && p.at(1) == U'Ђ') return true;                                       // 1251
  if (p.at(0) == U'ā' && p.at(1) == U'€') return true;                                       // 1257
  if (p.at(0) == U'β' && p.at(1) == U'€' && p.in(2, U"™\u00a0\u0386\u00ad®°")) return true;  // 1253
  if (wedged(U"ВГРС", U"°µ") || wedged(U"ΒΓΞΟ", U"°")) return true;
  return p.at(0) == U'Г' && p.at(1) == U'ў' && p.at(2) == U'В' && p.at(3) == U'Ђ' &&
         p.at(4) == U'В' && p.has(5) && p.at(5) != U'\n' &&
         (is_ascii_letter(p.at(6)) || p.at(6) == U' ');
}

}  // namespace

bool looks_like_mojibake(std::u32string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Place p(text, i);
    if (p.is(0, kControl)) return true;
    if (p.is(1, unlikely_after(kind_of(p.at(0))))) return true;
    if (unlikely_in_context(p) || signs_of_windows_1252(p) || signs_of_lost_hard_space(p) ||
        signs_of_mac_roman(p) || signs_of_other_scripts(p))
      return true;
  }
  return false;
}

}  // namespace clipguide::clip
