#include "clipguide/media/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace clipguide::media {
namespace {

Card full_card() {
  return {"a red apple",     "text, watermark",      200, 7, std::pair(640, 512), "ViT-B-32",
          "clipguide 0.1.0", {{"Canvas", "fourier"}}};
}

TEST(Card, HasTheFieldsLayout) {
  EXPECT_EQ(format_card(full_card()),
            "a red apple\n"
            "Negative prompt: text, watermark\n"
            "Steps: 200, Seed: 7, Size: 640x512, Model: ViT-B-32, Version: clipguide 0.1.0, "
            "Canvas: fourier");
  Card card = full_card();
  card.negative_prompt.clear();
  card.model = "org/name: a, \"b\"";
  EXPECT_EQ(format_card(card),
            "a red apple\n"
            "Steps: 200, Seed: 7, Size: 640x512, Model: \"org/name: a, \\\"b\\\"\", "
            "Version: clipguide 0.1.0, Canvas: fourier");
}

TEST(Card, EveryPromptComesBack) {
  for (const char* prompt :
       {"", "plain", "two\nlines", "with: colon, comma and \"quotes\"", "ratio 16:9 | b:0.5",
        "Steps: 1, Seed: 2, Size: 3x4", "words\nNegative prompt: not really",
        "Negative prompt: at once", "  space around  ", "line \n  indented\n\n\nblank lines\n",
        "\n", "\r\nwindows\r\n", "caf\u00e9 \u96e8 \U0001F34E", "back\\slash \\\" \\n", "\"",
        "\x1b[31m<script>", "Prompt: x, Prompt: y, Prompt: z", "tab\t, :"}) {
    for (const char* negative :
         {"", "n", "Negative prompt: Steps: 1, Seed: 2, Size: 1x1", " \n "}) {
      Card card = full_card();
      card.prompt = prompt;
      card.negative_prompt = negative;
      EXPECT_EQ(parse_card(format_card(card)), card) << prompt << " / " << negative;
      const Card bare{prompt, negative, {}, {}, {}, "", "", {}};
      EXPECT_EQ(parse_card(format_card(bare)), bare) << prompt << " / " << negative;
    }
  }
}

TEST(Card, EveryValueComesBack) {
  for (const char* value : {"a, b", "a: b", "a\nb", "\"", "\"x", "\"x\"", " x ", "a\\", "\\\"",
                            "{\"k\": [1, 2]}", "\u96e8", "x=1; y"}) {
    Card card = full_card();
    card.model = card.version = value;
    card.more = {{"Views", value}, {"Learning rate", "0.05"}};
    EXPECT_EQ(parse_card(format_card(card)), card) << value;
  }
  Card card = full_card();
  card.seed = UINT64_MAX;
  card.more = {{"Empty", ""}};
  EXPECT_EQ(parse_card(format_card(card)), card);
}

TEST(Card, ReadsCardsOfOtherPrograms) {
  const Card card = parse_card(
      "masterpiece, (best: 1.2)\nsecond line\nNegative prompt: bad\nworse\n"
      "Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 1234567890, Size: 512x768, "
      "Model hash: abc, Model: dream, Lora hashes: \"a: 1, b: 2\", "
      "Hashes: {\"vae\": \"x\", \"model\": \"y\"}, Version: v1.6.0");
  EXPECT_EQ(card.prompt, "masterpiece, (best: 1.2)\nsecond line");
  EXPECT_EQ(card.negative_prompt, "bad\nworse");
  EXPECT_EQ(card.steps, 20);
  EXPECT_EQ(card.seed, 1234567890u);
  EXPECT_EQ(card.size_px, std::pair(512, 768));
  EXPECT_EQ(card.model, "dream");
  EXPECT_EQ(card.version, "v1.6.0");
  EXPECT_THAT(card.more,
              testing::Contains(std::pair<std::string, std::string>("Sampler", "DPM++ 2M Karras")));
  EXPECT_THAT(card.more,
              testing::Contains(std::pair<std::string, std::string>("Lora hashes", "a: 1, b: 2")));
}

TEST(Card, TextWithoutSettingsIsAPrompt) {
  EXPECT_EQ(parse_card("just, a prompt: really").prompt, "just, a prompt: really");
  EXPECT_EQ(parse_card("").prompt, "");
  EXPECT_EQ(parse_card("a\nNegative prompt: b").negative_prompt, "b");
}

TEST(Card, WhatIsNotANumberStaysAmongTheOthers) {
  const Card card = parse_card("x\nSteps: many, Seed: -1, Size: 5, Model: m");
  EXPECT_FALSE(card.steps || card.seed || card.size_px);
  EXPECT_EQ(card.more.size(), 3u);
  EXPECT_FALSE(parse_card("x\nSteps: 99999999999999999999, Seed: 1, Size: 1x1").steps);
}

TEST(Card, LongHostileTextIsReadInLinearTime) {
  const auto start = std::chrono::steady_clock::now();
  for (const char* unit : {"\"", ",", "a:", "a: \"", "\n", "\\\"", "Negative prompt:\n", " "}) {
    std::string text;
    while (text.size() < 1000000) text += unit;
    parse_card(text);
    parse_card("p\nSteps: " + text);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

}  // namespace
}  // namespace clipguide::media
