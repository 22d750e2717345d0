#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// The two EXIF fields that matter here. Source: CIPA DC-008 (EXIF 2.32), TIFF 6.0.
namespace clipguide::media {

struct Exif {
  int orientation = 1;
  std::string user_comment;  ///< UTF-8
};

/// Reads a TIFF block, with or without `Exif\0\0` before it. Never throws: a field that is missing,
/// broken or out of bounds stays at its default, as cameras write much nonsense here.
Exif parse_exif(std::string_view block);

/// A TIFF block (big-endian, without `Exif\0\0`) with a UserComment in UTF-16: the form the readers
/// of `parameters` expect.
std::string make_exif(std::string_view user_comment);

}  // namespace clipguide::media
