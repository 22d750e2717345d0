#pragma once

#include <cstdint>
#include <vector>

#include "clipguide/media/picture.h"

/// What decoders do to pixels after the library is done with them.
namespace clipguide::media {

/// RGBA to RGB in place: alpha laid over white, blended in sRGB as browsers do.
void flatten_over_white(std::vector<std::uint8_t>& pixels);

/// CMYK to RGB in place. JPEG keeps inks inverted (255 is none), as Adobe wrote them first and as
/// Pillow and the browsers read every CMYK JPEG. No ink profile: rgb = ink * black.
void convert_inverted_cmyk(std::vector<std::uint8_t>& pixels);

/// Turns the picture upright.   orientation  EXIF's 1 to 8; anything else leaves it as it is
Picture upright(Picture picture, int orientation);

}  // namespace clipguide::media
