#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "clipguide/media/picture.h"

/// How text is spread over the two blocks that JPEG and WebP have for it: `parameters` goes where
/// the field's readers look, into EXIF's UserComment; every other key into XMP.
namespace clipguide::media {

struct SplitMetadata {
  std::string exif;      ///< TIFF block; empty without `parameters`, or when it would be too large
  Metadata xmp_entries;  ///< the rest
};

SplitMetadata split_metadata(const Metadata& metadata, std::size_t exif_limit_bytes);
Metadata join_metadata(std::string_view exif, Metadata xmp_entries);

}  // namespace clipguide::media
