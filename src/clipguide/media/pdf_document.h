#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "clipguide/media/lettering.h"
#include "clipguide/media/picture.h"

namespace clipguide::media {

/// A PDF of pictures and text, drawn by cairo. Text is text, which can be searched and copied, in
/// an outline font of which the used part is embedded. Lengths in points, 1/72 inch, from the
/// page's upper left corner. The same calls give the same bytes: no date is stored.
class PdfDocument {
 public:
  /// throws  IoError, FormatError when it is not a font
  explicit PdfDocument(const std::string& title,
                       const std::filesystem::path& font = default_font());
  ~PdfDocument();
  PdfDocument(PdfDocument&&) noexcept;
  PdfDocument& operator=(PdfDocument&&) noexcept;

  void begin_page(double width_pt, double height_pt);

  /// Pixels as they are, compressed without loss, scaled to the given size.
  void draw(const Picture& picture, double x_pt, double y_pt, double width_pt, double height_pt);

  /// One line of UTF-8 with its baseline at y_pt. What the font lacks shows as its box and is still
  /// copied as what it is. No shaping of joined scripts.
  void write(double x_pt, double y_pt, double size_pt, std::string_view text, Rgb ink = {0, 0, 0});

  /// How far `write` goes.
  double width_pt(double size_pt, std::string_view text) const;

  /// The whole document; once.
  std::string finish();

 private:
  struct Surface;
  std::unique_ptr<Surface> surface_;
};

}  // namespace clipguide::media
