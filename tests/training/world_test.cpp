#include "training/world/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/guide/prompt_list.h"
#include "training/world/english.h"

namespace clipguide::world {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

const World& world() {
  static const World made(7);  // two seconds of rasterising: once
  return made;
}

const Thing& thing_named(std::string_view name) {
  const auto found = std::find_if(world().things().begin(), world().things().end(),
                                  [&](const Thing& thing) { return thing.name == name; });
  if (found == world().things().end()) throw std::out_of_range(std::string(name));
  return *found;
}

int index_of(const Thing& thing) { return int(&thing - world().things().data()); }

Rgb mean_colour(const Raster& raster) {
  Rgb sum;
  for (const Rgb& c : raster.pixels) sum = {sum.r + c.r, sum.g + c.g, sum.b + c.b};
  return sum * (1.0f / float(raster.pixels.size()));
}

TEST(Catalogue, HoldsOverAThousandThingsUnderEverydayNames) {
  EXPECT_GT(world().things().size(), 1000u);
  EXPECT_EQ(thing_named("apple").variants.size(), 2u);  // red and green
  EXPECT_GE(thing_named("heart").variants.size(), 8u);
  EXPECT_THAT(thing_named("car").synonyms, ::testing::Contains("automobile"));
  EXPECT_THROW(thing_named("waxing gibbous moon"), std::out_of_range);
  for (const Thing& thing : world().things()) {
    EXPECT_THAT(thing.name, ::testing::Not(AnyOf(HasSubstr("button"), HasSubstr("skin tone"),
                                                 HasSubstr("flag:"))));
    EXPECT_FALSE(thing.variants.empty()) << thing.name;
  }
}

TEST(Catalogue, NamesAreDistinct) {
  std::set<std::string> names;
  for (const Thing& thing : world().things())
    EXPECT_TRUE(names.insert(thing.name).second) << thing.name;
}

TEST(Catalogue, KnowsTheColoursOfThings) {
  const auto colour_of = [](std::string_view name) {
    return thing_named(name).variants[0].dominant->name;
  };
  EXPECT_EQ(colour_of("tomato"), Colour::red);
  EXPECT_EQ(colour_of("broccoli"), Colour::green);
  EXPECT_EQ(colour_of("lemon"), Colour::yellow);
}

TEST(Sprites, EveryOneIsSeen) {
  for (const Thing& thing : world().things()) {
    for (const Variant& variant : thing.variants) {
      float opaque = 0;
      for (int i = 0; i < 64; ++i)
        opaque += variant.sprite->sample((i % 8 + 0.5f) / 8, (i / 8 + 0.5f) / 8, 3).a;
      EXPECT_GT(opaque, 2.0f) << thing.name;
    }
  }
}

TEST(Colours, EveryShadeKeepsItsName) {
  base::RandomStream stream(3, "shades");
  for (int i = 0; i < kColourCount; ++i) {
    int kept = 0;
    for (int n = 0; n < 200; ++n) kept += nearest_name(shade_of(Colour(i), stream)) == Colour(i);
    EXPECT_GT(kept, 150) << name_of(Colour(i));
  }
}

TEST(World, SampleFollowsFromItsIndexAlone) {
  const World again(7);
  for (std::uint64_t index : {0u, 1u, 17u, 250u}) {
    const Sample one = world().sample(index, 48), other = again.sample(index, 48);
    EXPECT_EQ(one.rgb, other.rgb) << index;
    EXPECT_EQ(one.caption, other.caption);
    EXPECT_EQ(one.caption, world().caption(index));
  }
  EXPECT_NE(world().sample(4, 48).rgb, world().sample(8, 48).rgb);
  EXPECT_NE(World(8).sample(4, 48).rgb, world().sample(4, 48).rgb);
}

TEST(World, CaptionSaysWhatTheSceneHolds) {
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const Scene scene = world().scene(i, Split::train);
    const std::string caption = world().caption(i);
    ASSERT_FALSE(caption.empty());
    EXPECT_EQ(caption.find('{'), std::string::npos) << caption;
    EXPECT_EQ(caption.find("  "), std::string::npos) << caption;
    for (const Item& item : scene.items) {
      const Thing& thing = world().things()[std::size_t(item.thing)];
      std::vector<std::string> names = thing.synonyms;
      names.push_back(thing.name);
      if (thing.kind == ThingKind::word) names.push_back(thing.name.substr(5));
      const bool named = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return caption.find(name) != std::string::npos ||
               caption.find(plural_of(name)) != std::string::npos;
      });
      EXPECT_TRUE(named) << thing.name << ": " << caption;
    }
    if (scene.is_count() && scene.items.size() == 3) EXPECT_THAT(caption, HasSubstr("three "));
    if (scene.relation == Relation::left_of) {
      EXPECT_LT(scene.items[0].x, scene.items[1].x) << caption;
    }
    if (scene.relation == Relation::above) {
      EXPECT_LT(scene.items[0].y, scene.items[1].y) << caption;
    }
    if (scene.say_backdrop && scene.backdrop.kind == BackdropKind::plain && !scene.items.empty()) {
      const auto words = words_of(scene.backdrop.first);
      EXPECT_TRUE(std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return caption.find(word) != std::string::npos;
      })) << caption;
    }
  }
}

TEST(World, APlainBackdropHasTheColourThatItsCaptionNames) {
  base::RandomStream stream(5, "plain");
  for (int i = 0; i < kColourCount; ++i) {
    Backdrop backdrop = backdrop_of(BackdropKind::plain, stream);
    backdrop.first = Colour(i);
    backdrop.first_shade = shade_of(Colour(i), stream);
    Raster raster(16);
    paint(backdrop, raster, stream);
    const Rgb mean = mean_colour(raster);
    EXPECT_NEAR(mean.r, backdrop.first_shade.r, 1e-3);
    EXPECT_NEAR(mean.g, backdrop.first_shade.g, 1e-3);
    EXPECT_NEAR(mean.b, backdrop.first_shade.b, 1e-3);
  }
}

TEST(World, EveryBackdropPaintsEveryPixelAtEverySize) {
  base::RandomStream stream(6, "backdrops");
  for (int kind = 0; kind < kBackdropCount; ++kind) {
    for (int side : {16, 64, 97}) {
      Raster raster(side);
      for (Rgb& c : raster.pixels) c = {-9, -9, -9};
      paint(backdrop_of(BackdropKind(kind), stream), raster, stream.at(std::uint64_t(kind)));
      for (const Rgb& c : raster.pixels)
        ASSERT_GE(c.r, -0.01f) << "kind " << kind << " side " << side;
    }
  }
}

TEST(World, ARecolouredThingTakesTheNewColour) {
  const Thing& apple = thing_named("apple");
  Scene scene;
  Item item;
  item.thing = index_of(apple);
  item.tint = Colour::blue;
  item.tint_shade = {0.1f, 0.2f, 0.9f};
  item.size = 1;
  scene.items.push_back(item);
  scene.backdrop.first_shade = {1, 1, 1};
  const Raster raster = render(scene, world().things(), 64, base::RandomStream(1, "render"));
  EXPECT_EQ(nearest_name(raster.at(32, 40)), Colour::blue);
}

TEST(World, ThePlaceSaidIsThePlacePainted) {
  int seen = 0;
  for (std::uint64_t i = 0; i < 6000; ++i) {
    const Scene scene = world().scene(i, Split::train);
    if (scene.place == Place::left || scene.place == Place::bottom_left) {
      EXPECT_LT(scene.items[0].x, 0.5f);
      ++seen;
    }
    if (scene.place == Place::top || scene.place == Place::top_right) {
      EXPECT_LT(scene.items[0].y, 0.5f);
      ++seen;
    }
  }
  EXPECT_GT(seen, 20);
}

TEST(World, TwinsDifferAndSaySo) {
  int twins = 0;
  for (std::uint64_t i = 0; i < 1000; i += 2) {
    const Scene one = world().scene(i, Split::train), other = world().scene(i + 1, Split::train);
    const bool same_things = !one.items.empty() && one.items.size() == other.items.size() &&
                             one.items[0].thing == other.items[0].thing && one.style == other.style;
    if (!same_things) continue;
    ++twins;
    EXPECT_NE(world().caption(i), world().caption(i + 1));
  }
  EXPECT_GT(twins, 50);
}

TEST(HeldOut, PairsOfThingAndBackdropAreNeverSeenInTraining) {
  int held_out = 0;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const Scene train = world().scene(i, Split::train), kept = world().scene(i, Split::held_out);
    if (train.say_backdrop && !train.items.empty()) {
      EXPECT_FALSE(world().scenes().is_held_out(train.items[0].thing, train.backdrop))
          << world().caption(i);
    }
    held_out += kept.say_backdrop && !kept.items.empty() &&
                world().scenes().is_held_out(kept.items[0].thing, kept.backdrop);
  }
  EXPECT_GT(held_out, 800);
}

TEST(HeldOut, SentencesAreNeverSeenInTraining) {
  std::set<std::string_view> train;
  for (std::string_view frame : sentence_frames(Split::train)) train.insert(frame);
  for (std::string_view frame : sentence_frames(Split::held_out)) {
    EXPECT_FALSE(train.contains(frame)) << frame;
    const std::string start(frame.substr(0, frame.find("{x}")));
    for (std::uint64_t i = 0; i < 500; ++i)
      EXPECT_FALSE(world().caption(i).starts_with(start)) << start;
  }
}

TEST(HeldOut, PromptListsHoldNoSentenceOfTraining) {
  std::set<std::string> listed;
  for (const char* list : {"things", "backdrops", "scenes", "paraphrases"}) {
    const auto path = std::filesystem::path(CLIPGUIDE_SOURCE_DIR) / "prompts" / list;
    for (const std::string& prompt : guide::read_prompt_list(path.string() + ".txt"))
      listed.insert(prompt);
  }
  ASSERT_EQ(listed.size(), 400u);
  for (std::uint64_t i = 0; i < 60'000; ++i) {
    const std::string caption = world().caption(i);
    EXPECT_FALSE(listed.contains(caption)) << caption;
  }
}

TEST(Annotations, AnElementCutOffIsRefused) {
  const auto path = std::filesystem::temp_directory_path() / "clipguide_cut_annotations.xml";
  base::write_file(path, std::string_view("<annotation cp=\"A\" type=\"tts\">let"));
  EXPECT_THROW(read_annotations(path), base::FormatError);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace clipguide::world
