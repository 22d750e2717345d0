#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "clipguide/media/picture.h"

/// Picture files as bytes in memory; picture.h is the same for files.
namespace clipguide::media {

enum class PictureFormat { png, jpeg, webp };

/// The bytes of a picture file, the name that errors give them, and the limits they are held to.
struct PictureSource {
  std::string_view name;
  std::string_view bytes;
  ReadLimits limits = {};
};

/// Told by content.   throws FormatError saying what else it is
PictureFormat format_of_content(const PictureSource& source);

/// Told by the extension: .png, .jpg, .jpeg, .webp in any case.   throws UsageError for another
PictureFormat format_of_path(const std::filesystem::path& path);

/// As read_picture and read_metadata.   throws FormatError, LimitError
Picture decode_picture(const PictureSource& source);
Metadata decode_metadata(const PictureSource& source);

/// As write_picture.
///   throws  UsageError when the quality or a metadata key is not allowed or the format cannot hold
///           a picture this large, ShapeError when size and bytes differ
std::string encode_picture(const Picture& picture, PictureFormat format,
                           const WriteOptions& options = {});

/// Throws LimitError unless a picture of this size may be decoded. The decoders call it when they
/// know no more than the header.
void check_size(const PictureSource& source, std::int64_t width_px, std::int64_t height_px);

/// Text in a picture may unfold to this much, all keys together.
constexpr std::size_t kTextLimitBytes = std::size_t(1) << 24;

}  // namespace clipguide::media
