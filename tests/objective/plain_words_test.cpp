#include "clipguide/objective/plain_words.h"

#include <gtest/gtest.h>

namespace clipguide::objective {
namespace {

using Words = std::vector<std::string>;

TEST(PlainWords, LeavesOutArticlesCaseAndPlurals) {
  EXPECT_EQ(plain_words("The Owl, three CATS & a bus"), (Words{"owl", "three", "cat", "bus"}));
  EXPECT_EQ(plain_words(""), Words());
}

TEST(PlainWords, HasOneFormForBothNumbers) {
  for (const auto& [one, many] :
       std::vector<std::pair<std::string, std::string>>{{"strawberry", "strawberries"},
                                                        {"cookie", "cookies"},
                                                        {"paintbrush", "paintbrushes"},
                                                        {"glass", "glasses"},
                                                        {"box", "boxes"},
                                                        {"peach", "peaches"},
                                                        {"horse", "horses"},
                                                        {"axe", "axes"},
                                                        {"pie", "pies"},
                                                        {"key", "keys"},
                                                        {"shoe", "shoes"}})
    EXPECT_EQ(plain_words(one), plain_words(many)) << one;
}

TEST(CountSaid, ReadsNumbersInWordsAndDigits) {
  EXPECT_EQ(count_said("two owls at night"), 2);
  EXPECT_EQ(count_said("3 Apples"), 3);
  EXPECT_EQ(count_said("an owl"), 1);
}

TEST(NamesSaid, FindsNamesWordForWord) {
  const Words names = {"an owl", "a green apple", "an apple", "a cat face", "a hat"};
  EXPECT_EQ(names_said(names, {"two owls in a hat"}), (Words{"an owl", "a hat"}));
  EXPECT_EQ(names_said(names, {"a red apple on a green background"}), Words{"an apple"});
  EXPECT_EQ(names_said(names, {"that chat"}), Words());
}

TEST(NamesSaid, LeavesOutTheMedium) {
  const Words names = {"a framed picture", "a painting", "a magnet", "a picture"};
  EXPECT_EQ(names_said(names, {"an oil painting of a magnet"}), Words{"a magnet"});
  EXPECT_EQ(names_said(names, {"Pictures of magnets"}), Words{"a magnet"});
  EXPECT_EQ(names_said(names, {"a magnet beside a painting"}), (Words{"a painting", "a magnet"}));
  EXPECT_EQ(names_said(names, {"a painting of"}), Words{"a painting"});
}

TEST(NamesSaid, LeavesOutTheTime) {
  const Words names = {"a sunset", "a sailboat", "a window"};
  EXPECT_EQ(names_said(names, {"a sailboat in the sea at sunset"}), Words{"a sailboat"});
  EXPECT_EQ(names_said(names, {"a sunset behind a sailboat"}), (Words{"a sunset", "a sailboat"}));
  EXPECT_EQ(names_said(names, {"a sailboat at the window"}), (Words{"a sailboat", "a window"}));
}

TEST(NamesSaid, PrefersTheLongerName) {
  const Words names = {"an apple", "a green apple"};
  EXPECT_EQ(names_said(names, {"a green apple at night"}), Words{"a green apple"});
  EXPECT_EQ(names_said(names, {"an apple", "a pear"}), Words{"an apple"});
}

}  // namespace
}  // namespace clipguide::objective
