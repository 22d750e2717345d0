#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "clipguide/media/picture.h"

/// Words in pictures: captions, labels, titles. Drawn by FreeType from an outline font.
namespace clipguide::media {

using Rgb = std::array<std::uint8_t, 3>;

/// A font file that has Latin, Greek and Cyrillic: DejaVu Sans where it is installed.
///   throws  IoError with a hint at the package
std::filesystem::path default_font(bool bold = false);

/// One font at one size. Texts are UTF-8; a character that the font lacks shows as its box. Kerned,
/// left to right; no shaping of joined scripts.
class Lettering {
 public:
  /// throws  IoError, FormatError when it is not a font, UsageError for a size outside 4 to 512
  explicit Lettering(int size_px, const std::filesystem::path& font = default_font());
  ~Lettering();
  Lettering(Lettering&&) noexcept;
  Lettering& operator=(Lettering&&) noexcept;

  int line_height_px() const;
  int width_px(std::string_view text) const;

  /// Lines no wider than `width_px`, broken at spaces, and inside a word that is too long itself.
  /// A text of more than `most_lines` ends in "..." (0: any number).
  std::vector<std::string> wrapped(std::string_view text, int width_px, int most_lines = 0) const;

  /// Draws one line with its top left corner at x, y; what falls outside is cut.
  void draw(Picture& picture, int x, int y, std::string_view text, Rgb ink = {0, 0, 0}) const;

 private:
  struct Face;
  std::unique_ptr<Face> face_;
};

/// A picture of one colour.
Picture blank_picture(int width_px, int height_px, Rgb colour = {255, 255, 255});

/// Lays one picture over another with its top left corner at x, y; what falls outside is cut.
void paste(Picture& onto, const Picture& picture, int x, int y);

}  // namespace clipguide::media
