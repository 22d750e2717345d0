#include "clipguide/objective/prompt_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clipguide/base/error.h"
#include "clipguide/base/random.h"
#include "clipguide/base/utf8.h"

namespace clipguide::objective {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr double kNoStop = -std::numeric_limits<double>::infinity();

PromptText only(std::string_view text) {
  const std::vector<PromptText> prompts = parse_prompts(text);
  EXPECT_EQ(prompts.size(), 1u) << text;
  return prompts.front();
}

std::string refusal(std::string_view text) {
  try {
    parse_prompts(text);
  } catch (const base::UsageError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(PromptText, ATextAloneHasWeightOneAndNoStop) {
  EXPECT_EQ(only("a red apple"), (PromptText{"a red apple", 1, kNoStop}));
  EXPECT_EQ(only("  a red apple\n"), (PromptText{"a red apple", 1, kNoStop}));
}

TEST(PromptText, ReadsWeightAndStopFromTheRight) {
  EXPECT_EQ(only("apple:2"), (PromptText{"apple", 2, kNoStop}));
  EXPECT_EQ(only("apple:-0.5"), (PromptText{"apple", -0.5, kNoStop}));
  EXPECT_EQ(only("apple : +1e-3 : .25 "), (PromptText{"apple", 1e-3, 0.25}));
  EXPECT_EQ(only("apple:1:-inf"), (PromptText{"apple", 1, kNoStop}));
  EXPECT_EQ(only("a:1:2:3"), (PromptText{"a:1", 2, 3}));
}

TEST(PromptText, SplitsAtBars) {
  EXPECT_THAT(parse_prompts("a cat:2 | a dog:-1:0.3|sky"),
              ElementsAre(PromptText{"a cat", 2, kNoStop}, PromptText{"a dog", -1, 0.3},
                          PromptText{"sky", 1, kNoStop}));
}

TEST(PromptText, WhatIsNoNumberBelongsToTheText) {
  for (const char* text : {"title: subtitle", "a:1:", "a:0x10", "a:1 2", "a:1,5", "a:++1", "a:+-1",
                           "a:-", "a:1e", "a:one", "a:\u0661", "16:9 ratio"})
    EXPECT_EQ(only(text), (PromptText{text, 1, kNoStop}));
  EXPECT_EQ(only("note: b:2"), (PromptText{"note: b", 2, kNoStop}));
}

TEST(PromptText, QuotesProtectColonsAndBars) {
  EXPECT_EQ(only("\"ratio 16:9\""), (PromptText{"ratio 16:9", 1, kNoStop}));
  EXPECT_EQ(only("\"ratio 16:9\":2:0.5"), (PromptText{"ratio 16:9", 2, 0.5}));
  EXPECT_EQ(only("\"at 12:30 | noon\" : 2"), (PromptText{"at 12:30 | noon", 2, kNoStop}));
  EXPECT_EQ(only("\" a \""), (PromptText{" a ", 1, kNoStop})) << "blanks within quotes are meant";
  EXPECT_EQ(only("a:\"2\""), (PromptText{"a:\"2\"", 1, kNoStop}));
}

TEST(PromptText, QuotesWithinATextBelongToIt) {
  EXPECT_EQ(only("a sign \"STOP: 5|6\" here:2"),
            (PromptText{"a sign \"STOP: 5|6\" here", 2, kNoStop}));
  EXPECT_EQ(only("\"a\" and \"b\""), (PromptText{"\"a\" and \"b\"", 1, kNoStop}));
}

TEST(PromptText, BackslashEscapesQuoteAndBackslashOnly) {
  EXPECT_EQ(only(R"("say \"hi:1\" \\ now")").text, R"(say "hi:1" \ now)");
  EXPECT_EQ(only(R"(a 5\" nail:2)"), (PromptText{"a 5\" nail", 2, kNoStop}));
  EXPECT_EQ(only(R"(\n\x)").text, R"(\n\x)");
  EXPECT_EQ(only("a\\").text, "a\\");
}

TEST(PromptText, PicturesHaveTheSameForm) {
  EXPECT_THAT(
      parse_prompts("style.png:0.5 | \"C:1.jpg\"", "image prompt"),
      ElementsAre(PromptText{"style.png", 0.5, kNoStop}, PromptText{"C:1.jpg", 1, kNoStop}));
}

TEST(PromptText, NamesTheColumnOfAWeightThatIsNotFinite) {
  EXPECT_EQ(refusal("apple:nan"), "prompt, column 7: expected a finite weight, got nan");
  EXPECT_THAT(refusal("a | b: inf"), StartsWith("prompt, column 8: expected a finite weight"));
  EXPECT_THAT(refusal("apple:1e39"), HasSubstr("column 7: expected a finite weight, got 1e39"));
  EXPECT_THAT(refusal("apple:-1e999"), HasSubstr("got -1e999"));
  EXPECT_THAT(refusal("apple:-inf"), HasSubstr("finite weight, got -inf"));
  EXPECT_THAT(refusal("apple:1:nan"), HasSubstr("column 9: expected a finite stop, got nan"));
  EXPECT_THAT(refusal("apple:1:inf"), HasSubstr("finite stop, got inf"));
}

TEST(PromptText, CountsColumnsInCharacters) {
  EXPECT_THAT(refusal("\u00e9\u65e5\U0001f408:nan"), StartsWith("prompt, column 5: "));
  EXPECT_THAT(refusal("\\\"\\\":nan"), StartsWith("prompt, column 6: "));
}

TEST(PromptText, RefusesWeightsThatAreAllZero) {
  EXPECT_THAT(refusal("a:0"), StartsWith("prompt, column 3: expected a weight other than 0"));
  EXPECT_THAT(refusal("a:0.0 | b:-0 | c:1e-60"), StartsWith("prompt, column 3: "));
  EXPECT_EQ(parse_prompts("a:0 | b").size(), 2u);
}

TEST(PromptText, RefusesQuotesLeftOpen) {
  EXPECT_THAT(refusal("a | \"b:1"), StartsWith("prompt, column 5: expected a closing quotation"));
  EXPECT_THAT(refusal("a 5\" nail"), StartsWith("prompt, column 4: "));
  EXPECT_THAT(refusal("\"a\\\""), StartsWith("prompt, column 1: "));
}

TEST(PromptText, RefusesEmptyTexts) {
  EXPECT_THAT(refusal(""), StartsWith("prompt, column 1: expected a text"));
  EXPECT_THAT(refusal(" "), StartsWith("prompt, column 1: "));
  EXPECT_THAT(refusal(":2"), StartsWith("prompt, column 1: "));
  EXPECT_THAT(refusal("a |"), StartsWith("prompt, column 4: "));
  EXPECT_THAT(refusal("a || b"), StartsWith("prompt, column 4: "));
  EXPECT_THAT(refusal("\"\""), StartsWith("prompt, column 1: "));
  EXPECT_THAT(refusal("\"  \":2"), StartsWith("prompt, column 1: "));
}

TEST(PromptText, RefusesIllFormedUtf8AndNul) {
  EXPECT_EQ(refusal("\u00e9\xff"), "prompt, column 2: expected UTF-8, got byte 0xff");
  EXPECT_EQ(refusal(std::string_view("a\0b", 3)),
            "prompt, column 2: expected text, got a NUL character");
}

TEST(PromptText, SaysWhatItParsed) {
  try {
    parse_prompts("", "negative prompt");
    FAIL();
  } catch (const base::UsageError& error) {
    EXPECT_THAT(error.what(), StartsWith("negative prompt, column 1: "));
  }
}

TEST(PromptText, FormatsOnlyWhatIsNeeded) {
  EXPECT_EQ(format_prompts({{"a cat"}}), "a cat");
  EXPECT_EQ(format_prompts({{"a cat", 2}, {"sky", 1, 0.25}}), "a cat:2 | sky:1:0.25");
  EXPECT_EQ(format_prompts({{"16:9", -0.5}}), "\"16:9\":-0.5");
}

TEST(PromptText, FormattingAndParsingIsTheIdentity) {
  base::RandomStream random(5, "prompts");
  const std::u32string letters = U"ab :|\"\\19.-e\u00e9\u65e5\n";
  for (int i = 0; i < 3000; ++i) {
    std::vector<PromptText> prompts(std::size_t(1 + random.below(3)));
    for (PromptText& prompt : prompts) {
      std::u32string text = U"x";
      for (int n = random.below(8); n > 0; --n)
        text.insert(std::size_t(random.below(int(text.size()) + 1)), 1,
                    letters[std::size_t(random.below(int(letters.size())))]);
      prompt.text = base::to_utf8(text);
      if (random.chance(0.5f)) prompt.weight = random.normal();
      if (random.chance(0.3f)) prompt.stop = 1 / double(random.uniform(-3, 3));
    }
    const std::string text = format_prompts(prompts);
    EXPECT_EQ(parse_prompts(text), prompts) << text;
  }
}

}  // namespace
}  // namespace clipguide::objective
