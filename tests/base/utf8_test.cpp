#include "clipguide/base/utf8.h"

#include <gtest/gtest.h>

namespace clipguide::base {
namespace {

TEST(Utf8, RoundTripsEveryLength) {
  const std::u32string text = U"a\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff";
  EXPECT_EQ(to_utf8(text).size(), 1u + 1 + 2 + 2 + 3 + 3 + 3 + 3 + 4 + 4);
  EXPECT_EQ(from_utf8(to_utf8(text)), text);
  EXPECT_EQ(valid_utf8_prefix(to_utf8(text)), to_utf8(text).size());
}

TEST(Utf8, FindsTheFirstIllFormedByte) {
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80", "\xe2\x82", "\xed\xa0\x80",
        "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5", "\xff"})
    EXPECT_EQ(valid_utf8_prefix("ab" + std::string(bad)), 2u);
}

TEST(Utf8, ReplacesEachMaximalPart) {
  EXPECT_EQ(from_utf8("a\x80z"), U"a\ufffdz");
  EXPECT_EQ(from_utf8("\xe2\x82z"), U"\ufffdz");
  EXPECT_EQ(from_utf8("\xf0\x9f\x90"), U"\ufffd");
  EXPECT_EQ(from_utf8("\xed\xa0\x80"), U"\ufffd\ufffd\ufffd");
  EXPECT_EQ(from_utf8("\xc0\xaf"), U"\ufffd\ufffd");
}

}  // namespace
}  // namespace clipguide::base
