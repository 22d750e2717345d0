#include "clipguide/base/terminal_text.h"

#include <gtest/gtest.h>

namespace clipguide::base {
namespace {

TEST(TerminalText, KeepsText) {
  for (const char* text :
       {"", "a red apple", "na\u00efve \u65e5\u672c \U0001f408", "50% [x] \\x1b"})
    EXPECT_EQ(terminal_text(text), text);
}

TEST(TerminalText, DropsEscapeSequences) {
  EXPECT_EQ(terminal_text("a\x1b[31;1mb\x1b[0mc"), "abc");
  EXPECT_EQ(terminal_text("a\x1b[2J\x1b[?1049hb"), "ab");
  EXPECT_EQ(terminal_text("a\x1b]0;title\x07"
                          "b"),
            "ab");
  EXPECT_EQ(terminal_text("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b"), "alinkb");
  EXPECT_EQ(terminal_text("a\x1bPq#0\x1b\\b\x1b_x\x1b\\c\x1b^y\x1b\\d\x1bXz\x1b\\e"), "abcde");
  EXPECT_EQ(terminal_text("a\x1b(0b\x1b"
                          "cc\x1b=d"),
            "abcd");
  EXPECT_EQ(terminal_text("a\x1b"), "a");
  EXPECT_EQ(terminal_text("a\x1b["), "a");
  EXPECT_EQ(terminal_text("a\x1b[31"), "a");
}

TEST(TerminalText, DropsTheirOneCharacterForms) {
  EXPECT_EQ(terminal_text("a\u009b31mb"), "ab");
  EXPECT_EQ(terminal_text("a\u009d0;title\u009cb"), "ab");
  EXPECT_EQ(terminal_text("a\u0085\u0080b"), "ab");
}

TEST(TerminalText, AStringThatNeverEndsHidesNoText) {
  EXPECT_EQ(terminal_text("a\x1b]0;rm -rf"), "a0;rm -rf");
  EXPECT_EQ(terminal_text("a\x1b]b\x1b]c\x07"
                          "d\x1b]e"),
            "ade");
}

TEST(TerminalText, IsOneLineWithoutControls) {
  EXPECT_EQ(terminal_text("a\tb\nc\r\nd\u2028e"), "a b c  d e");
  EXPECT_EQ(terminal_text(std::string("a\0b\x08\x7f"
                                      "c",
                                      6)),
            "abc");
}

TEST(TerminalText, DropsMarksThatReorder) {
  EXPECT_EQ(terminal_text("a\u202egnp.exe\u2066b\u200f"), "agnp.exeb");
}

TEST(TerminalText, ReplacesIllFormedBytes) {
  EXPECT_EQ(terminal_text("a\xff\x9b"
                          "31mb"),
            "a\ufffd\ufffd31mb");
}

TEST(TerminalText, NothingThatRemainsIsAControl) {
  std::string text;
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; ++b) text += {'\x1b', char(a), char(b), '['};
  for (const char c : terminal_text(text)) EXPECT_TRUE(c < 0 || c >= 0x20) << int(c);
}

TEST(TerminalText, LongTextsAreReadOnce) {
  std::string text;
  for (int i = 0; i < 300000; ++i) text += "\x1b]";
  EXPECT_EQ(terminal_text(text), "");
}

TEST(HtmlText, EscapesWhatMarkupIsMadeOf) {
  EXPECT_EQ(html_text("<script>alert('x' & \"y\")</script>"),
            "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;");
  EXPECT_EQ(html_text("na\u00efve"), "na\u00efve");
}

}  // namespace
}  // namespace clipguide::base
