#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "clipguide/base/random.h"

/// Colours as people name them. RGB here is sRGB in [0, 1], not linear light.
namespace clipguide::world {

struct Rgb {
  float r = 0, g = 0, b = 0;
};

inline Rgb mix(const Rgb& a, const Rgb& b, float t) {
  return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}
inline Rgb operator*(const Rgb& a, float s) { return {a.r * s, a.g * s, a.b * s}; }
inline float luma(const Rgb& c) { return 0.299f * c.r + 0.587f * c.g + 0.114f * c.b; }

struct Hsv {
  float hue_turn = 0, saturation = 0, value = 0;  ///< each in [0, 1]
};
Hsv to_hsv(const Rgb& colour);
Rgb to_rgb(const Hsv& colour);

enum class Colour {
  red,
  orange,
  yellow,
  green,
  blue,
  purple,
  pink,
  brown,
  black,
  white,
  grey,
  cyan,
  navy
};
constexpr int kColourCount = 13;

/// The ways to say a colour, the plainest first ("purple", "violet").
std::span<const std::string_view> words_of(Colour colour);
std::string_view name_of(Colour colour);

/// The colour a word names, when it names one.
std::optional<Colour> colour_named(std::string_view word);

/// One of the many shades that go by this name.
Rgb shade_of(Colour colour, base::RandomStream& stream);

/// The name people would give to this shade.
Colour nearest_name(const Rgb& colour);

/// Any colour that is not among `taken`.
Colour another_colour(base::RandomStream& stream, std::span<const Colour> taken);

}  // namespace clipguide::world
