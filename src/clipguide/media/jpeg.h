#pragma once

#include "clipguide/media/codec.h"

/// The JPEG half of codec.h: pixels through libjpeg, segments by our own walk.
namespace clipguide::media {

Picture decode_jpeg(const PictureSource& source);
Metadata read_jpeg_metadata(const PictureSource& source);
std::string encode_jpeg(const Picture& picture, const WriteOptions& options);

}  // namespace clipguide::media
