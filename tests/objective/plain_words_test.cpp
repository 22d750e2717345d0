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

}  // namespace
}  // namespace clipguide::objective
