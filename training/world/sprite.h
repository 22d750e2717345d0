#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "training/world/colour.h"

/// The little pictures that scenes are made of.
namespace clipguide::world {

/// A square picture with transparency, premultiplied, at halving sizes. One that is a `mask` is
/// white throughout and takes its colour when painted.
class Sprite {
 public:
  static constexpr int kSide = 128;
  static constexpr int kLevels = 4;  ///< 128, 64, 32, 16 px

  struct Pixel {
    float r = 0, g = 0, b = 0, a = 0;  ///< premultiplied, in [0, 1]
  };

  /// rgba  kSide * kSide premultiplied pixels, 8 bits a channel
  explicit Sprite(std::vector<std::uint8_t> rgba, bool mask = false);

  bool is_mask() const { return mask_; }

  /// Bilinear sample; u, v in [0, 1] over the square, transparent outside.
  Pixel sample(float u, float v, int level) const;

  /// The level whose pixels come nearest to a sprite painted `side_px` wide.
  static int level_for(float side_px);

  /// The colour that most of the sprite has, when one stands out.
  struct Dominant {
    Colour name;
    Rgb mean;
    float share;  ///< of the opaque area
  };
  std::optional<Dominant> dominant() const;

 private:
  std::array<std::vector<std::uint8_t>, kLevels> levels_;
  bool mask_;
};

/// Rasterises characters of one font file.
class Font {
 public:
  explicit Font(const std::filesystem::path& path);  ///< throws IoError, FormatError
  ~Font();
  Font(Font&&) noexcept;

  bool has(char32_t character) const;

  /// The coloured bitmap of a character, trimmed and centred in the square.
  Sprite emoji(char32_t character) const;

  /// A line of text as a mask, as large as fits in the square.
  Sprite text(const std::string& line) const;

  /// Coverage of a line of text, `height_px` em high, row by row.
  struct Line {
    int width_px = 0, height_px = 0;
    std::vector<std::uint8_t> coverage;
  };
  Line line(const std::string& ascii, int height_px) const;

 private:
  struct Face;
  std::unique_ptr<Face> face_;
};

/// Geometric masks by name: "circle", "triangle", ... ; empty for an unknown name.
std::optional<Sprite> geometric_shape(std::string_view name);
std::vector<std::string_view> geometric_shape_names();

}  // namespace clipguide::world
