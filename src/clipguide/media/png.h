#pragma once

#include "clipguide/media/codec.h"

/// The PNG half of codec.h: pixels through libpng, chunks by our own walk.
namespace clipguide::media {

Picture decode_png(const PictureSource& source);
Metadata read_png_metadata(const PictureSource& source);
std::string encode_png(const Picture& picture, const WriteOptions& options);

}  // namespace clipguide::media
