#pragma once

#include <string>
#include <string_view>

#include "clipguide/media/codec.h"

/// The segments of a JPEG file that hold text, walked without libjpeg.
/// Source: ITU-T T.81 Annex B; XMP Specification Part 3, 1.1.3 (packets over several segments).
namespace clipguide::media {

struct JpegTexts {
  std::string_view exif;  ///< with `Exif\0\0`
  std::string_view xmp;
  std::string extended_xmp;  ///< put together; empty when there is none
};

/// Everything before the pixels.   throws FormatError, LimitError above kTextLimitBytes
JpegTexts walk_jpeg(const PictureSource& source);

/// The APP1 segments that hold this text, each from its marker on, to stand behind SOI (and JFIF).
/// All of it fits, however long: XMP of over 65,000 bytes goes into an extended packet, and
/// `parameters` too long for EXIF's one segment into XMP.
std::string make_jpeg_texts(const Metadata& metadata);

}  // namespace clipguide::media
