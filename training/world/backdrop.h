#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clipguide/base/random.h"
#include "training/world/colour.h"

/// What lies behind the things.
namespace clipguide::world {

/// A square picture while it is painted; rows top to bottom.
struct Raster {
  int side_px = 0;
  std::vector<Rgb> pixels;

  explicit Raster(int side) : side_px(side), pixels(std::size_t(side) * std::size_t(side)) {}
  Rgb& at(int x, int y) { return pixels[std::size_t(y) * std::size_t(side_px) + std::size_t(x)]; }
  const Rgb& at(int x, int y) const {
    return pixels[std::size_t(y) * std::size_t(side_px) + std::size_t(x)];
  }
};

enum class BackdropKind {
  plain,
  gradient,
  stripes,
  checks,
  dots,
  night,
  sunset,
  sea,
  beach,
  grass,
  snow,
  noise,
  clouds,
  space,
  underwater,
  desert,
  rain,
  mountains,
  forest,
  wood,
  bricks,
  city
};
constexpr int kBackdropCount = 22;

struct Backdrop {
  BackdropKind kind = BackdropKind::plain;
  Colour first = Colour::white, second = Colour::white;  ///< patterns only
  Rgb first_shade, second_shade;

  /// Patterns are made of named colours; the others have colours of their own.
  bool is_pattern() const { return kind <= BackdropKind::dots; }
};

/// A backdrop of this kind with named colours drawn for it, apart from one another.
Backdrop backdrop_of(BackdropKind kind, base::RandomStream& stream);

/// Paints the whole raster. `stream` decides the details: where the stars stand, how wide a stripe
/// is.
void paint(const Backdrop& backdrop, Raster& raster, base::RandomStream stream);

/// How captions say it: "on a {1} and {2} striped background", "at sunset".
std::span<const std::string_view> phrases_for(BackdropKind kind);

/// What a picture of nothing else is called: "a sunset", "{1} and {2} stripes".
std::span<const std::string_view> names_for(BackdropKind kind);

/// Fills {1} and {2} with colour words.
std::string filled(std::string_view phrase, const Backdrop& backdrop, base::RandomStream& stream);

}  // namespace clipguide::world
