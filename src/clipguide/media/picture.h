#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace clipguide::media {

/// An 8-bit sRGB picture, rows top to bottom, RGB interleaved.
struct Picture {
  int width_px = 0;
  int height_px = 0;
  std::vector<std::uint8_t> rgb;  ///< width_px * height_px * 3
};

struct ReadLimits {
  std::size_t file_bytes = std::size_t(1) << 28;  ///< 256 MiB
  int side_px = 32768;
  std::int64_t pixels = std::int64_t(1) << 28;  ///< 268 Mpx, checked before decoding
};

/// Reads PNG, JPEG or WebP, told apart by content. 16-bit is reduced, palette and grey expanded,
/// CMYK converted, alpha laid over white, EXIF rotation applied.
///   throws  IoError, FormatError (what is broken), LimitError (before decoding)
Picture read_picture(const std::filesystem::path& path, const ReadLimits& limits = {});

/// Text that travels inside a picture, by key. Keys we write: `parameters` (the layout the field
/// reads) and `clipguide` (the whole run as JSON).
using Metadata = std::map<std::string, std::string>;

struct WriteOptions {
  int quality = 95;   ///< JPEG and WebP, 1 to 100
  Metadata metadata;  ///< empty: none is written, not even the XMP source type
};

/// Writes PNG, JPEG or WebP by the path's extension, whole or not at all.
///   throws  UsageError for another extension, IoError
void write_picture(const std::filesystem::path& path, const Picture& picture,
                   const WriteOptions& options = {});

/// The metadata stored in a picture; empty when there is none.
///   throws  IoError, FormatError, LimitError (compressed text bombs)
Metadata read_metadata(const std::filesystem::path& path, const ReadLimits& limits = {});

}  // namespace clipguide::media
