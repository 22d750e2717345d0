#include <array>

#include "training/world/backdrop.h"

namespace clipguide::world {
namespace {

using Phrases = std::span<const std::string_view>;
using namespace std::string_view_literals;

struct Words {
  BackdropKind kind;
  Phrases phrases, names;
};

// The first phrase of each is the plainest: the evaluation asks with it.
constexpr std::array kPlain = {"on a {1} background"sv,          "on a {1} background"sv,
                               "on a {1} background"sv,          "with a {1} background"sv,
                               "against a {1} background"sv,     "on {1}"sv,
                               "in front of a {1} background"sv, ", {1} background"sv,
                               "on a plain {1} background"sv,    "on {1} paper"sv,
                               "in front of a {1} wall"sv};
constexpr std::array kPlainNames = {"a {1} background"sv, "plain {1}"sv, "the color {1}"sv, "{1}"sv,
                                    "a {1} wall"sv};
constexpr std::array kGradient = {
    "on a {1} and {2} gradient"sv, "on a {1} to {2} gradient background"sv,
    "with a {1} and {2} gradient background"sv, "on a gradient background"sv};
constexpr std::array kGradientNames = {"a {1} and {2} gradient"sv, "a gradient from {1} to {2}"sv};
constexpr std::array kStripes = {"on a {1} and {2} striped background"sv,
                                 "on {1} and {2} stripes"sv, "on a striped background"sv,
                                 "with {1} and {2} stripes behind it"sv, "in front of stripes"sv};
constexpr std::array kStripesNames = {"{1} and {2} stripes"sv, "a {1} and {2} striped pattern"sv,
                                      "stripes"sv};
constexpr std::array kChecks = {"on a {1} and {2} checkered background"sv,
                                "on a {1} and {2} checkerboard"sv, "on a checkered background"sv,
                                "on a chessboard"sv, "on a checkerboard"sv};
constexpr std::array kChecksNames = {"a {1} and {2} checkerboard"sv, "{1} and {2} checks"sv,
                                     "a checkered pattern"sv};
constexpr std::array kDots = {"on a {1} background with {2} dots"sv, "on {1} with {2} polka dots"sv,
                              "on a dotted background"sv, "on a polka dot background"sv,
                              "with {2} dots behind it"sv};
constexpr std::array kDotsNames = {"{2} dots on {1}"sv, "a pattern of {2} polka dots on {1}"sv,
                                   "polka dots"sv};
constexpr std::array kNight = {"at night"sv,
                               "at night"sv,
                               "in the night sky"sv,
                               "under the stars"sv,
                               "under a starry sky"sv,
                               "at night under the stars"sv,
                               "in the starry night"sv,
                               "by night"sv};
constexpr std::array kNightNames = {"a starry night sky"sv, "the night sky"sv, "stars at night"sv,
                                    "a starry sky"sv};
constexpr std::array kSunset = {
    "at sunset"sv,      "at sunset"sv, "in the sunset"sv,           "in front of a sunset"sv,
    "in the evening"sv, "at dusk"sv,   "with a sunset behind it"sv, "in the evening sun"sv};
constexpr std::array kSunsetNames = {"a sunset"sv, "the setting sun"sv, "an evening sky"sv,
                                     "an orange sunset"sv};
constexpr std::array kSea = {"in the sea"sv,   "on the sea"sv,   "at sea"sv,    "in the ocean"sv,
                             "on the ocean"sv, "on the water"sv, "by the sea"sv};
constexpr std::array kSeaNames = {"the sea"sv, "the ocean"sv, "the blue sea"sv,
                                  "waves on the sea"sv};
constexpr std::array kBeach = {"on a beach"sv, "on the beach"sv, "at the beach"sv,
                               "on a sandy beach"sv, "at the seaside"sv};
constexpr std::array kBeachNames = {"a beach"sv, "a sandy beach"sv, "a beach by the sea"sv};
constexpr std::array kGrass = {"on the grass"sv, "on grass"sv,         "in the grass"sv,
                               "in a meadow"sv,  "in a green field"sv, "on a lawn"sv,
                               "in a field"sv,   "in the garden"sv,    "in a park"sv};
constexpr std::array kGrassNames = {"grass"sv, "a green meadow"sv, "a field of grass"sv,
                                    "a lawn"sv};
constexpr std::array kSnow = {"in the snow"sv,     "on snow"sv,          "in winter"sv,
                              "in falling snow"sv, "in a snowy field"sv, "on a snowy day"sv};
constexpr std::array kSnowNames = {"snow"sv, "a snowy landscape"sv, "falling snow"sv,
                                   "a winter day"sv};
constexpr std::array kNoise = {"on a noisy background"sv, "in front of static"sv,
                               "on static noise"sv};
constexpr std::array kNoiseNames = {"noise"sv, "static noise"sv, "tv static"sv};
constexpr std::array kClouds = {"in the sky"sv,       "in the blue sky"sv,
                                "in the clouds"sv,    "under a blue sky"sv,
                                "among the clouds"sv, "with clouds behind it"sv};
constexpr std::array kCloudsNames = {"a blue sky with clouds"sv, "the sky"sv, "a cloudy sky"sv,
                                     "white clouds"sv};
constexpr std::array kSpace = {"in space"sv, "in outer space"sv, "in the galaxy"sv,
                               "among the stars in space"sv, "floating in space"sv};
constexpr std::array kSpaceNames = {"outer space"sv, "a galaxy in space"sv, "space"sv,
                                    "a nebula"sv};
constexpr std::array kUnderwater = {"underwater"sv, "under the sea"sv, "under water"sv,
                                    "deep in the ocean"sv, "under the water"sv};
constexpr std::array kUnderwaterNames = {"an underwater scene"sv, "bubbles underwater"sv,
                                         "under the sea"sv};
constexpr std::array kDesert = {"in the desert"sv, "in a desert"sv, "on sand dunes"sv,
                                "in the sand"sv};
constexpr std::array kDesertNames = {"a desert"sv, "sand dunes"sv, "the desert"sv};
constexpr std::array kRain = {"in the rain"sv, "on a rainy day"sv, "in rainy weather"sv,
                              "in bad weather"sv};
constexpr std::array kRainNames = {"rain"sv, "a rainy day"sv, "rainy weather"sv};
constexpr std::array kMountains = {"in the mountains"sv, "in front of mountains"sv,
                                   "with mountains behind it"sv, "on a mountain"sv};
constexpr std::array kMountainsNames = {"mountains"sv, "snowy mountains"sv,
                                        "a mountain landscape"sv};
constexpr std::array kForest = {"in a forest"sv, "in the forest"sv, "in the woods"sv,
                                "among trees"sv, "in front of trees"sv};
constexpr std::array kForestNames = {"a forest"sv, "the woods"sv, "many trees"sv};
constexpr std::array kWood = {"on a wooden table"sv, "on wood"sv, "on a table"sv,
                              "on a wooden floor"sv, "on wooden boards"sv};
constexpr std::array kWoodNames = {"a wooden table"sv, "wooden planks"sv, "wood"sv};
constexpr std::array kBricks = {"in front of a brick wall"sv, "on a brick wall"sv,
                                "against a brick wall"sv, "in front of bricks"sv};
constexpr std::array kBricksNames = {"a brick wall"sv, "bricks"sv, "a red brick wall"sv};
constexpr std::array kCity = {"in the city"sv, "in a city"sv, "in front of a city"sv,
                              "in front of skyscrapers"sv, "in town"sv};
constexpr std::array kCityNames = {"a city skyline"sv, "skyscrapers"sv, "a skyline"sv};

constexpr std::array<Words, kBackdropCount> kWords = {{
    {BackdropKind::plain, kPlain, kPlainNames},
    {BackdropKind::gradient, kGradient, kGradientNames},
    {BackdropKind::stripes, kStripes, kStripesNames},
    {BackdropKind::checks, kChecks, kChecksNames},
    {BackdropKind::dots, kDots, kDotsNames},
    {BackdropKind::night, kNight, kNightNames},
    {BackdropKind::sunset, kSunset, kSunsetNames},
    {BackdropKind::sea, kSea, kSeaNames},
    {BackdropKind::beach, kBeach, kBeachNames},
    {BackdropKind::grass, kGrass, kGrassNames},
    {BackdropKind::snow, kSnow, kSnowNames},
    {BackdropKind::noise, kNoise, kNoiseNames},
    {BackdropKind::clouds, kClouds, kCloudsNames},
    {BackdropKind::space, kSpace, kSpaceNames},
    {BackdropKind::underwater, kUnderwater, kUnderwaterNames},
    {BackdropKind::desert, kDesert, kDesertNames},
    {BackdropKind::rain, kRain, kRainNames},
    {BackdropKind::mountains, kMountains, kMountainsNames},
    {BackdropKind::forest, kForest, kForestNames},
    {BackdropKind::wood, kWood, kWoodNames},
    {BackdropKind::bricks, kBricks, kBricksNames},
    {BackdropKind::city, kCity, kCityNames},
}};

}  // namespace

Phrases phrases_for(BackdropKind kind) { return kWords[std::size_t(kind)].phrases; }
Phrases names_for(BackdropKind kind) { return kWords[std::size_t(kind)].names; }

std::string filled(std::string_view phrase, const Backdrop& backdrop, base::RandomStream& stream) {
  std::string text(phrase);
  const auto fill = [&](std::string_view slot, Colour colour) {
    const auto words = words_of(colour);
    const std::size_t pick = stream.chance(0.8f) ? 0 : std::size_t(stream.below(int(words.size())));
    for (std::size_t at; (at = text.find(slot)) != std::string::npos;)
      text.replace(at, slot.size(), words[pick]);
  };
  fill("{1}", backdrop.first);
  fill("{2}", backdrop.second);
  // "a orange wall" -> "an orange wall"
  for (std::size_t at = 0; (at = text.find("a orange", at)) != std::string::npos; at += 8) {
    if (at == 0 || text[at - 1] == ' ') text.replace(at, 2, "an ");
  }
  return text;
}

}  // namespace clipguide::world
