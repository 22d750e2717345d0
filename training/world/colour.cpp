#include "training/world/colour.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace clipguide::world {
namespace {

struct Range {
  float low, high;
};

/// Where the shades of a name lie, in hue (turns, may pass 1), saturation and value.
struct Shades {
  Range hue, saturation, value;
};

constexpr std::array<Shades, kColourCount> kShades = {{
    {{0.975f, 1.015f}, {0.80f, 1.0f}, {0.75f, 1.0f}},    // red
    {{0.065f, 0.100f}, {0.82f, 1.0f}, {0.92f, 1.0f}},    // orange
    {{0.135f, 0.165f}, {0.70f, 1.0f}, {0.92f, 1.0f}},    // yellow
    {{0.270f, 0.390f}, {0.60f, 1.0f}, {0.45f, 0.85f}},   // green
    {{0.575f, 0.650f}, {0.65f, 1.0f}, {0.70f, 1.0f}},    // blue
    {{0.740f, 0.800f}, {0.50f, 0.90f}, {0.45f, 0.80f}},  // purple
    {{0.880f, 0.950f}, {0.28f, 0.60f}, {0.92f, 1.0f}},   // pink
    {{0.045f, 0.085f}, {0.55f, 0.80f}, {0.32f, 0.55f}},  // brown
    {{0.0f, 1.0f}, {0.0f, 0.20f}, {0.0f, 0.12f}},        // black
    {{0.0f, 1.0f}, {0.0f, 0.02f}, {0.96f, 1.0f}},        // white
    {{0.0f, 1.0f}, {0.0f, 0.05f}, {0.40f, 0.65f}},       // grey
    {{0.475f, 0.525f}, {0.55f, 1.0f}, {0.72f, 0.95f}},   // cyan
    {{0.615f, 0.665f}, {0.75f, 1.0f}, {0.22f, 0.42f}},   // navy
}};

using namespace std::string_view_literals;
constexpr std::array kRed = {"red"sv, "bright red"sv, "crimson"sv, "scarlet"sv};
constexpr std::array kOrange = {"orange"sv};
constexpr std::array kYellow = {"yellow"sv, "golden"sv, "bright yellow"sv};
constexpr std::array kGreen = {"green"sv};
constexpr std::array kBlue = {"blue"sv};
constexpr std::array kPurple = {"purple"sv, "violet"sv};
constexpr std::array kPink = {"pink"sv, "rose"sv};
constexpr std::array kBrown = {"brown"sv};
constexpr std::array kBlack = {"black"sv};
constexpr std::array kWhite = {"white"sv};
constexpr std::array kGrey = {"gray"sv, "grey"sv};
constexpr std::array kCyan = {"cyan"sv, "turquoise"sv, "teal"sv};
constexpr std::array kNavy = {"navy"sv, "dark blue"sv, "navy blue"sv};

constexpr std::array<std::span<const std::string_view>, kColourCount> kWords = {
    kRed,   kOrange, kYellow, kGreen, kBlue, kPurple, kPink,
    kBrown, kBlack,  kWhite,  kGrey,  kCyan, kNavy};

}  // namespace

Hsv to_hsv(const Rgb& c) {
  const float high = std::max({c.r, c.g, c.b}), low = std::min({c.r, c.g, c.b});
  const float chroma = high - low;
  float hue = 0;
  if (chroma > 0) {
    if (high == c.r)
      hue = (c.g - c.b) / chroma;
    else if (high == c.g)
      hue = 2 + (c.b - c.r) / chroma;
    else
      hue = 4 + (c.r - c.g) / chroma;
    hue /= 6;
    if (hue < 0) hue += 1;
  }
  return {hue, high > 0 ? chroma / high : 0, high};
}

Rgb to_rgb(const Hsv& c) {
  const float sector = (c.hue_turn - std::floor(c.hue_turn)) * 6;
  const auto channel = [&](float offset) {
    float k = offset + sector;
    if (k >= 6) k -= 6;
    return c.value * (1 - c.saturation * std::clamp(std::min(k, 4 - k), 0.0f, 1.0f));
  };
  return {channel(5), channel(3), channel(1)};
}

std::span<const std::string_view> words_of(Colour colour) { return kWords[std::size_t(colour)]; }

std::string_view name_of(Colour colour) { return words_of(colour).front(); }

std::optional<Colour> colour_named(std::string_view word) {
  for (int i = 0; i < kColourCount; ++i) {
    const auto words = kWords[std::size_t(i)];
    if (std::find(words.begin(), words.end(), word) != words.end()) return Colour(i);
  }
  return std::nullopt;
}

Rgb shade_of(Colour colour, base::RandomStream& stream) {
  const Shades& s = kShades[std::size_t(colour)];
  const float hue = stream.uniform(s.hue.low, s.hue.high);
  const float saturation = stream.uniform(s.saturation.low, s.saturation.high);
  return to_rgb({hue, saturation, stream.uniform(s.value.low, s.value.high)});
}

Colour nearest_name(const Rgb& rgb) {
  const Hsv c = to_hsv(rgb);
  if (c.value < 0.22f) return Colour::black;
  if (c.saturation < 0.15f) {
    if (c.value > 0.85f) return Colour::white;
    return c.value < 0.30f ? Colour::black : Colour::grey;
  }
  const float hue = c.hue_turn;
  if (hue < 0.030f || hue >= 0.965f) {
    return c.saturation < 0.55f && c.value > 0.8f ? Colour::pink : Colour::red;
  }
  if (hue < 0.118f) {
    if (c.value < 0.68f) return Colour::brown;
    if (c.saturation < 0.5f) return hue < 0.06f ? Colour::pink : Colour::brown;
    return hue < 0.035f ? Colour::red : Colour::orange;
  }
  if (hue < 0.185f) return c.value < 0.55f ? Colour::brown : Colour::yellow;
  if (hue < 0.455f) return Colour::green;
  if (hue < 0.545f) return Colour::cyan;
  if (hue < 0.700f) {
    if (c.saturation < 0.30f) return Colour::grey;  // slate: few would call it blue
    return c.value < 0.45f ? Colour::navy : Colour::blue;
  }
  if (hue < 0.835f) return Colour::purple;
  return Colour::pink;
}

Colour another_colour(base::RandomStream& stream, std::span<const Colour> taken) {
  for (;;) {
    const Colour colour = Colour(stream.below(kColourCount));
    if (std::find(taken.begin(), taken.end(), colour) == taken.end()) return colour;
  }
}

}  // namespace clipguide::world
