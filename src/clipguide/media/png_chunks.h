#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "clipguide/media/codec.h"

/// The chunks of a PNG file, walked without libpng: so that a broken file is named exactly, limits
/// hold before anything is decoded, and text unfolds no further than we let it.
/// Source: W3C PNG (Third Edition), 5 and 11.
namespace clipguide::media {

struct PngChunks {
  std::int64_t width_px = 0, height_px = 0;
  std::string_view exif;  ///< eXIf, a TIFF block
  struct Text {
    std::string_view type;  ///< tEXt, zTXt or iTXt
    std::string_view content;
  };
  std::vector<Text> texts;
};

/// Checks signature, order of the first and last chunk, lengths and every CRC.
///   throws  FormatError naming chunk and byte
PngChunks walk_png(const PictureSource& source);

/// The texts as UTF-8 by keyword; a keyword that comes twice keeps its first text.
///   throws  FormatError, LimitError above kTextLimitBytes
Metadata read_png_texts(const PictureSource& source, const PngChunks& chunks);

}  // namespace clipguide::media
