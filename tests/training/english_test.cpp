#include "training/world/english.h"

#include <gtest/gtest.h>

namespace clipguide::world {
namespace {

TEST(English, ArticleFollowsTheSound) {
  EXPECT_EQ(with_article("cat"), "a cat");
  EXPECT_EQ(with_article("owl"), "an owl");
  EXPECT_EQ(with_article("unicorn"), "a unicorn");
  EXPECT_EQ(with_article("hourglass"), "an hourglass");
  EXPECT_EQ(with_article("orange cat"), "an orange cat");
  EXPECT_EQ(with_article("one-piece swimsuit"), "a one-piece swimsuit");
}

TEST(English, PluralsAreTheUsualAndTheIrregular) {
  EXPECT_EQ(plural_of("cat"), "cats");
  EXPECT_EQ(plural_of("fox"), "foxes");
  EXPECT_EQ(plural_of("cherry"), "cherries");
  EXPECT_EQ(plural_of("monkey"), "monkeys");
  EXPECT_EQ(plural_of("old man"), "old men");
  EXPECT_EQ(plural_of("tropical fish"), "tropical fish");
  EXPECT_EQ(plural_of("bus"), "buses");
}

TEST(English, PluralsAndStuffTakeNoArticle) {
  EXPECT_TRUE(takes_no_article("grapes"));
  EXPECT_TRUE(takes_no_article("scissors"));
  EXPECT_TRUE(takes_no_article("popcorn"));
  EXPECT_FALSE(takes_no_article("bus"));
  EXPECT_FALSE(takes_no_article("octopus"));
  EXPECT_FALSE(takes_no_article("glass of milk"));
  EXPECT_FALSE(takes_no_article("slice of pizza"));
  EXPECT_FALSE(takes_no_article("compass"));
}

TEST(English, OnlyPlainNounsAreCounted) {
  EXPECT_TRUE(counts_well("red apple"));
  EXPECT_FALSE(counts_well("slice of pizza"));
  EXPECT_FALSE(counts_well("face with a mask"));
  EXPECT_FALSE(counts_well("grapes"));
}

}  // namespace
}  // namespace clipguide::world
