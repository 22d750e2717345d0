#include "clipguide/guide/collage_start.h"

#include <gtest/gtest.h>

namespace clipguide::guide {
namespace {

using Object = canvas::SavedCollage::Object;

const std::vector<objective::Name> kNames = {{"an owl", {}}, {"a cat", {}}, {"a red car", {}}};

Object object(const std::string& thing, double x = 0.5, double size = 0.5, double opacity = 1) {
  Object made{thing, {}};
  made.placement.x = x;
  made.placement.size = size;
  made.placement.opacity = opacity;
  return made;
}

std::vector<std::string> things(const std::vector<Object>& objects) {
  std::vector<std::string> all;
  for (const Object& one : objects) all.push_back(one.thing);
  return all;
}

TEST(SharesOfThings, FollowTheWeightsOfThePromptsThatNameThem) {
  const Shares shares = shares_of_things(kNames, {"an owl at night", "a cat and an owl", "rain"},
                                         {{0.2}, {0.5}, {1}});
  EXPECT_EQ(shares.size(), 2u);
  EXPECT_DOUBLE_EQ(shares.at("an owl"), 0.5);
  EXPECT_DOUBLE_EQ(shares.at("a cat"), 0.5);
}

TEST(SharesOfThings, PassOverWhatIsUnwantedOrNotYetWanted) {
  objective::PromptPull later{1};
  later.factor = [](double t) { return t; };
  const Shares shares =
      shares_of_things(kNames, {"an owl", "a cat", "a red car"}, {{0.5}, {-1}, later});
  EXPECT_EQ(shares, (Shares{{"an owl", 1}}));
}

TEST(ThingsNamed, BelongToTheRegionWhosePromptNamesThem) {
  const std::vector<std::string> texts = {"an owl and a cat", "a cat", "a red car"};
  const std::vector<StartWish::Part> regions = {{{0, 0, 0.5, 1}, 1}, {{0.5, 0, 0.5, 1}, 2}};
  Named named = things_named(kNames, texts, {{1}, {1}, {1}}, regions);
  EXPECT_EQ(named.whole, (std::vector<std::string>{"an owl"}));
  EXPECT_EQ(named.regions, (std::vector<std::vector<std::string>>{{"a cat"}, {"a red car"}}));
  named = things_named(kNames, texts, {{1}, {1}, {-1}}, regions);
  EXPECT_TRUE(named.regions[1].empty()) << "unwanted";
  EXPECT_FALSE(named.empty());
  EXPECT_TRUE(things_named(kNames, {"rain"}, {{1}}, {}).empty());
}

TEST(RemainingObjects, StayWhileTheyAreAskedForAndSeen) {
  canvas::SavedCollage collage;
  collage.objects = {object("an owl"), object("a cat"), object("a red car", 1.9), object("")};
  const Remainder remainder = remaining_objects(collage, {{"an owl", 0.25}, {"a red car", 1}});
  EXPECT_EQ(things(remainder.kept), (std::vector<std::string>{"an owl"}));
  EXPECT_EQ(remainder.kept[0].placement.opacity, 0.25);
  EXPECT_TRUE(remainder.grown.empty());
}

TEST(RemainingObjects, OfNoThingStayWhereNoneIsNamed) {
  canvas::SavedCollage collage;
  collage.objects = {object("", 0.5, 0.5, 0.7), object("a cat")};
  const Remainder remainder = remaining_objects(collage, {});
  EXPECT_EQ(things(remainder.kept), (std::vector<std::string>{""}));
  EXPECT_EQ(remainder.kept[0].placement.opacity, 0.7);
}

TEST(RemainingObjects, ThatCoverThePictureBecomeItsGround) {
  canvas::SavedCollage collage;
  collage.objects = {object("an owl", 0.5, 1.8), object("a cat")};
  const Remainder remainder = remaining_objects(collage, {{"an owl", 1}, {"a cat", 1}});
  EXPECT_EQ(things(remainder.grown), (std::vector<std::string>{"an owl"}));
  EXPECT_EQ(things(remainder.kept), (std::vector<std::string>{"a cat"}));
}

TEST(FittingObjects, ThoseThatFadeMakeRoom) {
  const std::vector<Object> kept = {object("an owl", 0.5, 0.5, 0.3), object("a cat")};
  EXPECT_EQ(things(fitting_objects(kept, {object("a red car", 0.5, 0.5, 0.6)}, 2)),
            (std::vector<std::string>{"a cat", "a red car"}));
  EXPECT_EQ(things(fitting_objects(kept, {object("a red car", 0.5, 0.5, 0.6)}, 3)),
            (std::vector<std::string>{"an owl", "a cat", "a red car"}));
}

}  // namespace
}  // namespace clipguide::guide
