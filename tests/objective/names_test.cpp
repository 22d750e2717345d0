#include "clipguide/objective/names.h"

#include <gtest/gtest.h>

namespace clipguide::objective {
namespace {

using Words = std::vector<std::string>;

std::vector<Name> names(const Words& lines) {
  std::vector<Name> all;
  for (const std::string& line : lines) all.push_back(parse_name(line));
  return all;
}

Words said(const Words& lines, const Words& texts) { return names_said(names(lines), texts); }

TEST(ParseName, TakesOtherWordsAfterSemicolons) {
  const Name name = parse_name("a ladybug ;a ladybird;; beetle ");
  EXPECT_EQ(name.text, "a ladybug");
  EXPECT_EQ(name.also, (Words{"a ladybird", "beetle"}));
  EXPECT_EQ(parse_name("an owl").text, "an owl");
  EXPECT_TRUE(parse_name("an owl").also.empty());
}

TEST(NamesSaid, FindsNamesWordForWord) {
  const Words known = {"an owl", "a green apple", "an apple", "a cat face", "a hat"};
  EXPECT_EQ(said(known, {"two owls in a hat"}), (Words{"an owl", "a hat"}));
  EXPECT_EQ(said(known, {"a red apple on a green background"}), Words{"an apple"});
  EXPECT_EQ(said(known, {"that chat"}), Words());
}

TEST(NamesSaid, LeavesOutTheMedium) {
  const Words known = {"a framed picture", "a painting", "a magnet", "a picture"};
  EXPECT_EQ(said(known, {"an oil painting of a magnet"}), Words{"a magnet"});
  EXPECT_EQ(said(known, {"Pictures of magnets"}), Words{"a magnet"});
  EXPECT_EQ(said(known, {"a magnet beside a painting"}), (Words{"a painting", "a magnet"}));
  EXPECT_EQ(said(known, {"a painting of"}), Words{"a painting"});
}

TEST(NamesSaid, LeavesOutTheTime) {
  const Words known = {"a sunset", "a sailboat", "a window"};
  EXPECT_EQ(said(known, {"a sailboat in the sea at sunset"}), Words{"a sailboat"});
  EXPECT_EQ(said(known, {"a sunset behind a sailboat"}), (Words{"a sunset", "a sailboat"}));
  EXPECT_EQ(said(known, {"a sailboat at the window"}), (Words{"a sailboat", "a window"}));
}

TEST(NamesSaid, LeavesOutWhatOnlySaysHowAThingLooks) {
  const Words known = {"an orange", "a cat", "a brick", "fire", "a fire truck"};
  for (const char* text : {"an orange cat", "an orange and black cat", "a cat in orange",
                           "a cat before an orange background", "a cat behind a brick wall"})
    EXPECT_EQ(said(known, {text}), Words{"a cat"}) << text;
  for (const char* text : {"an orange and a cat", "an orange beside a cat", "a cat with an orange"})
    EXPECT_EQ(said(known, {text}), (Words{"an orange", "a cat"})) << text;
  EXPECT_EQ(said(known, {"a fire truck"}), Words{"a fire truck"});
}

TEST(NamesSaid, LeavesOutThePlace) {
  const Words known = {"a cat", "a star", "a city", "a snowy mountain; a mountain", "a brick"};
  for (const char* text :
       {"a cat under the bright stars", "a cat in the city", "a cat in a big city",
        "a cat with mountains behind it", "a cat in front of bricks", "a cat on a mountain"})
    EXPECT_EQ(said(known, {text}), Words{"a cat"}) << text;
  EXPECT_EQ(said(known, {"a cat under a star"}), (Words{"a cat", "a star"}));
  EXPECT_EQ(said(known, {"a star above a cat"}), (Words{"a cat", "a star"}));
  EXPECT_EQ(said(known, {"a city at night"}), Words{"a city"});
  EXPECT_EQ(said(known, {"a picture of a star and a brick"}), (Words{"a star", "a brick"}));
  EXPECT_EQ(said(known, {"a photo of a mountain"}), Words{"a snowy mountain"});
}

TEST(NamesSaid, PrefersTheLongerName) {
  const Words known = {"an apple", "a green apple"};
  EXPECT_EQ(said(known, {"a green apple at night"}), Words{"a green apple"});
  EXPECT_EQ(said(known, {"an apple", "a pear"}), Words{"an apple"});
  EXPECT_EQ(said(known, {"a green apple and an apple"}), (Words{"an apple", "a green apple"}));
}

TEST(NamesSaid, FindsAThingByOtherWordsForIt) {
  const Words known = {"fire; a flame", "a fire truck; a fire engine", "a santa claus; santa"};
  EXPECT_EQ(said(known, {"a fire engine in the city"}), Words{"a fire truck"});
  EXPECT_EQ(said(known, {"Santa before the flames"}), (Words{"fire", "a santa claus"}));
  EXPECT_EQ(said(known, {"the santa claus"}), Words{"a santa claus"});
}

TEST(NamesSaid, TakesOneOfThoseThatShareAWord) {
  EXPECT_EQ(said({"a tropical drink; a cocktail", "a cocktail"}, {"a cocktail"}),
            Words{"a cocktail"});
  EXPECT_EQ(said({"a top hat; a hat", "a sun hat; a hat"}, {"a cat in a hat"}), Words{"a top hat"});
}

TEST(ColourSaid, IsTheOneRightBeforeTheThing) {
  const std::vector<Name> known = names({"an apple", "a car; an automobile", "an orange"});
  const auto of = [&](const char* text, const char* name) {
    return colour_said(known, {text}, name);
  };
  EXPECT_EQ(of("my red apple on green paper", "an apple"), "red");
  EXPECT_EQ(of("a green apple and a blue automobile", "a car"), "blue");
  EXPECT_EQ(of("an apple on a red background", "an apple"), "");
  EXPECT_EQ(of("the apple", "an apple"), "");
  EXPECT_EQ(of("an orange car", "a car"), "orange");
}

TEST(Contradicting, LeavesOutWhatThePromptsSay) {
  const Words rivals = {"a cat",        "a dog",      "cats",   "a beach",
                        "an apple pie", "a cat face", "the sun"};
  EXPECT_EQ(contradicting(names(rivals), {"A Cat on the beach", "suns"}),
            (Words{"a dog", "an apple pie", "a cat face"}));
  EXPECT_EQ(contradicting(names(rivals), {}), rivals);
}

TEST(Contradicting, KnowsOtherWordsForAThing) {
  EXPECT_EQ(
      contradicting(names({"a fire truck; a fire engine", "fire", "a dog"}), {"a red fire engine"}),
      Words{"a dog"});
}

Words related(const std::string& text) {
  Words all;
  const Words lines = {"a cat", "a car", "the moon; a full moon", "a boat", "a book", "a tree"};
  for (const Relation& relation : relations_said(names(lines), {text}))
    all.push_back(relation.one + (relation.side == Relation::Side::left ? " < " : " ^ ") +
                  relation.other);
  return all;
}

TEST(Relations, AreReadBetweenTwoThings) {
  EXPECT_EQ(related("a cat to the left of a red car"), Words{"a cat < a car"});
  EXPECT_EQ(related("a cat on the right of a car"), Words{"a car < a cat"});
  EXPECT_EQ(related("a small boat under a full moon"), Words{"the moon ^ a boat"});
  EXPECT_EQ(related("a cat sitting on top of a book"), Words{"a cat ^ a book"});
  EXPECT_EQ(related("a boat below the moon, the moon above a tree"),
            (Words{"the moon ^ a boat", "the moon ^ a tree"}));
  EXPECT_EQ(related("a cat and a car"), Words());
  EXPECT_EQ(related("a cat on a car"), Words());
  EXPECT_EQ(related("to the left of a car"), Words());
}

}  // namespace
}  // namespace clipguide::objective
