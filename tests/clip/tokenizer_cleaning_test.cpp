#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "clipguide/base/utf8.h"
#include "clipguide/clip/charmaps.h"
#include "clipguide/clip/html_entities.h"
#include "clipguide/clip/mojibake.h"
#include "clipguide/clip/text_cleaning.h"
#include "clipguide/clip/unicode.h"

// Every expected text here was made with ftfy 6.3, Python's html and str.lower.

namespace clipguide::clip {
namespace {

struct Case {
  std::string_view text, clean;
};

void expect_clean(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(base::to_utf8(clean_text(c.text)), c.clean) << c.text;
}

TEST(TextCleaning, RepairsTextReadInTheWrongEncoding) {
  expect_clean({
      {"sch\u00c3\u00b6n", "sch\u00f6n"},
      {"\u00e2\u20ac\u0153quotes\u00e2\u20ac\u009d", "\"quotes\""},
      {"\u0420\u0457\u0421\u0402\u0420\u0451\u0420\u0406\u0420\u00b5\u0421\u201a",
       "\u043f\u0440\u0438\u0432\u0435\u0442"},
      {"za\u0139\u013d\u0102\u0142\u0139\u201a\u00c4\u2021 g\u00c4\u2122\u0139\u203al\u00c4\u2026",
       "za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105"},
      {"\u039e\u00a3\u039e\u2015\u039f\u0192\u039f\u2026\u039f\u2020\u039e\u038f\u039f\u201a",
       "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2"},
      {"\u00c5\u009ei\u00c5\u0178li", "\u015fi\u015fli"},
      {"P\u0139\u0099\u0102\u00adli\u0139\u0104", "p\u0159\u00edli\u0161"},
      {"d\u221a\u00a9sol\u221a\u00a9\u201a\u00c4\u00b6", "d\u00e9sol\u00e9\u2026"},
      {"na\u251c\u00bbve", "na\u00efve"},
      {"\u00f0\u0178\u0090\u02c6", "\U0001f408"},
      {"\u00ed\u00a0\u00bd\u00ed\u00b0\u02c6 ok", "\U0001f408 ok"},  // UTF-16 pairs in UTF-8
  });
}

TEST(TextCleaning, RepairsLayersPartsAndLosses) {
  expect_clean({
      {"\u00c3\u0192\u00c2\u00a2\u00c3\u2026\u00e2\u20ac\u0153\u00c3\u00a2\u00e2\u201a\u00ac\u00c2"
       "\u009d na\u00c3\u0192\u00c6\u2019\u00c3\u201a\u00c2\u00afve",
       "\u2714 na\u00efve"},
      {"voil\u00c3  le travail", "voil\u00e0 le travail"},
      {"\u00c3 la mode", "\u00e0 la mode"},
      {"tr\u00c3\u00a8s caf\u00c3\u00a9 und sch\u00f6n", "tr\u00e8s caf\u00e9 und sch\u00f6n"},
      {"\u201cfoo\u201d \u0085 \u0093bar\u0094", "\"foo\" \u2026 \"bar\""},
      {"\u00e2\u20ac\u0153 like this \u00e2\u20ac\ufffd", "\" like this \ufffd"},
  });
}

TEST(TextCleaning, LeavesGoodTextAlone) {
  expect_clean({
      {"\u00c4rger \u00fcber \u00d6l \u2013 25\u00b0C",
       "\u00e4rger \u00fcber \u00f6l \u2013 25\u00b0c"},
      {"x\u00b2 + y\u00b2 \u2265 3\u221a\u03c0", "x\u00b2 + y\u00b2 \u2265 3\u221a\u03c0"},
      {"\u00d2\u00d3_\u00f3\u00b0", "\u00f2\u00f3_\u00f3\u00b0"},
      {"\u00a1Ol\u00e9! \u00bfQu\u00e9?", "\u00a1ol\u00e9! \u00bfqu\u00e9?"},
      {"\u0141\u00f3d\u017a \u0160koda", "\u0142\u00f3d\u017a \u0161koda"},
      {"L'\u00c9t\u00e9 \u00e0 Z\u00fcrich\u00ae", "l'\u00e9t\u00e9 \u00e0 z\u00fcrich\u00ae"},
      {"\u00c4\u00a3imene", "\u00e4\u00a3imene"},
      {"a\u200bb", "a\u200bb"},
  });
}

TEST(TextCleaning, ReplacesSpecialForms) {
  expect_clean({
      {"rock\u2019n\u2019roll \u201cx\u201d", "rock'n'roll \"x\""},
      {"\u0149 \u01c4 \ufb03 \ufb05 \u0133", "'n d\u017e ffi \u017ft ij"},
      {"\uff2c\uff2f\uff35\uff24\u3000\uff8a\uff9f \uffe1", "loud \u30d1 \u00a3"},
      {"a\r\nb\rc\u2028d", "a b c d"},
      {"\x1b[31mred\x1b[0m \x07x", "red x"},
      {"\ufeffa\u206ab\ufffcc", "abc"},
      {"e\u0301 \u1100\u1161", "\u00e9 \uac00"},
  });
}

TEST(TextCleaning, ReadsHtmlAsThePythonReferenceDoes) {
  expect_clean({
      {"&lt;b&gt; &EACUTE;A &eacute &ampamp; &notit; &#8364; &#x80; &#0; &#xD800; &#1; &#99999999; "
       "&bogus; &NotEqualTilde;",
       "<b> \u00e9a \u00e9 & \u00acit; \u20ac \u20ac \ufffd \ufffd \ufffd &bogus; \u2242\u0338"},
      {"<b>&amp;amp;amp;lt;", "<b>&amp;lt;"},
      {"&amp;amp;lt;", "<"},
      {"&amp;#233;", "\u00e9"},
  });
}

TEST(TextCleaning, CollapsesSpacesAndLowersCase) {
  expect_clean({
      {"A\u3000 B\u2003\u00a0C\n", "a b c"},
      {"\u0130STANBUL \u038c\u0394\u039f\u03a3 STRASSE",
       "i\u0307stanbul \u03cc\u03b4\u03bf\u03c2 strasse"},
      {"", ""},
      {" \t\n", ""},
  });
}

TEST(HtmlEntities, TakesTheLongestNameWithoutSemicolon) {
  EXPECT_EQ(unescape_html(U"&notin;"), U"\u2209");
  EXPECT_EQ(unescape_html(U"&notin"), U"\u00acin");
  EXPECT_EQ(unescape_html(U"&timesbar;&timesb"), U"\u2a31\u00d7b");
  EXPECT_EQ(unescape_html(U"&alpha &alpha;"), U"&alpha \u03b1") << "no legacy name";
  EXPECT_EQ(unescape_html(U"&CounterClockwiseContourIntegral;"), U"\u2233");
  EXPECT_EQ(unescape_html(U"&&lt;&"), U"&<&");
}

TEST(HtmlEntities, ReadsNumbersOfAnySize) {
  EXPECT_EQ(unescape_html(U"&#65&#x41;&#X41"), U"AAA");
  EXPECT_EQ(unescape_html(U"&#x110000;&#99999999999999999999;"), U"\ufffd\ufffd");
  EXPECT_EQ(unescape_html(U"&#x81;&#x0b;&#xfdd0;&#x1ffff;"), U"\u0081");
  EXPECT_EQ(unescape_html(U"&#;&#x;&#xg"), U"&#;&#x;&#xg");
}

TEST(HtmlEntities, StrictFormNeedsTheSemicolonAndKnowsCapitals) {
  EXPECT_EQ(unescape_html_strictly(U"&eacute &eacute;"), U"&eacute \u00e9");
  EXPECT_EQ(unescape_html_strictly(U"&NTILDE;&nTILDE;&SZLIG;"), U"\u00d1&nTILDE;SS");
  EXPECT_EQ(unescape_html_strictly(U"&GT;&GTX;"), U">&GTX;") << "begins with a name of its own";
  EXPECT_EQ(unescape_html_strictly(U"&#59;"), U"&#59;") << "ftfy leaves the semicolon's own number";
}

TEST(Charmaps, EncodeWhatTheyDecode) {
  for (const Charmap& map : charmaps()) {
    std::u32string text;
    std::string expected;
    for (int b = 0; b < 256; ++b) {
      if (b == 0x1a) continue;  // stands for a lost byte in some
      text += map.character(std::uint8_t(b));
      expected += char(b);
    }
    EXPECT_EQ(map.encode(text), expected) << map.name();
    EXPECT_FALSE(map.encode(U"\u65e5"));
    EXPECT_EQ(map.encode(U"\ufffd").has_value(), map.sloppy());
  }
}

TEST(Mojibake, DoesNotTouchTextThatIsFine) {
  for (const char32_t* text :
       {U"plain", U"\u00e9t\u00e9", U"\u043f\u0440\u0438\u0432\u0435\u0442", U"\u65e5\u672c\u8a9e",
        U"5 \u20ac", U"\u00a9 2023 \u2014 \u00abA\u00bb"})
    EXPECT_FALSE(looks_like_mojibake(text));
  for (const char32_t* text : {U"\u00c3\u00a9", U"\u00e2\u20ac\u2122", U"\u0080", U"\u0432\u0402"})
    EXPECT_TRUE(looks_like_mojibake(text));
}

TEST(Unicode, ComposesRunsOfMarksWithoutBound) {
  std::u32string marks(50000, U'\u0301');
  marks += std::u32string(50000, U'\u0323');
  EXPECT_EQ(compose(U"e\u0323\u0301"), U"\u1eb9\u0301");
  EXPECT_EQ(compose(U"e\u0301\u0323"), U"\u1eb9\u0301");
  EXPECT_EQ(compose(marks).size(), marks.size());
}

}  // namespace
}  // namespace clipguide::clip
