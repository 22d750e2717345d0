#pragma once

#include "clipguide/media/codec.h"

/// The WebP half of codec.h: pixels through libwebp, chunks through its demuxer.
namespace clipguide::media {

Picture decode_webp(const PictureSource& source);
Metadata read_webp_metadata(const PictureSource& source);
std::string encode_webp(const Picture& picture, const WriteOptions& options);

}  // namespace clipguide::media
