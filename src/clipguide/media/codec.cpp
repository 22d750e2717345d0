#include "clipguide/media/codec.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "clipguide/base/error.h"
#include "clipguide/media/jpeg.h"
#include "clipguide/media/png.h"
#include "clipguide/media/webp.h"

namespace clipguide::media {
namespace {

struct Signature {
  std::size_t at;
  std::string_view bytes;
  std::string_view name;
};

constexpr Signature kOthers[] = {
    {0, "GIF8", "a GIF"},         {0, "BM", "a BMP"},
    {0, {"II*\0", 4}, "a TIFF"},  {0, {"MM\0*", 4}, "a TIFF"},
    {4, "ftypavif", "an AVIF"},   {4, "ftyphei", "a HEIC"},
    {4, "ftypmif1", "a HEIC"},    {0, "\xFF\x0A", "a JPEG XL"},
    {4, "JXL \r\n", "a JPEG XL"}, {4, "jP  \r\n", "a JPEG 2000"},
    {0, "%PDF", "a PDF"},         {0, "qoif", "a QOI"},
    {0, "<svg", "an SVG"},        {0, "<!DOCTYPE", "a web page"},
    {0, "<html", "a web page"},   {0, "version https://git-lfs", "a Git LFS pointer"},
};

bool has(std::string_view bytes, std::size_t at, std::string_view signature) {
  return bytes.size() >= at && bytes.substr(at, signature.size()) == signature;
}

// ComfyUI takes these for a graph of its own and loads them over the user's.
bool is_taken(std::string_view key) { return key == "prompt" || key == "workflow"; }

// A key must do as a PNG keyword and as an XML name.
bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= 79 && std::isalpha(std::uint8_t(key[0])) &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return std::uint8_t(c) < 0x80 && (std::isalnum(std::uint8_t(c)) || c == '_' || c == '-');
         });
}

void check_writable(const Picture& picture, const WriteOptions& options) {
  const bool sized = picture.width_px > 0 && picture.height_px > 0;
  if (!sized ||
      picture.rgb.size() != std::size_t(picture.width_px) * std::size_t(picture.height_px) * 3)
    base::throw_error<base::ShapeError>("picture: expected {}x{} RGB pixels, got {} bytes",
                                        picture.width_px, picture.height_px, picture.rgb.size());
  if (options.quality < 1 || options.quality > 100)
    base::throw_error<base::UsageError>("picture: expected a quality of 1 to 100, got {}",
                                        options.quality);
  for (const auto& [key, value] : options.metadata)
    if (!is_key(key) || is_taken(key))
      base::throw_error<base::UsageError>(
          "picture metadata: expected a key of ASCII letters, digits, _ and - other than prompt "
          "and "
          "workflow, got \"{}\"",
          key);
}

}  // namespace

PictureFormat format_of_content(const PictureSource& source) {
  const std::string_view bytes = source.bytes;
  if (has(bytes, 0, "\x89PNG\r\n\x1A\n")) return PictureFormat::png;
  if (has(bytes, 0, "\xFF\xD8\xFF")) return PictureFormat::jpeg;
  if (has(bytes, 0, "RIFF") && has(bytes, 8, "WEBP")) return PictureFormat::webp;
  std::string_view what = bytes.empty() ? "an empty file" : "something else";
  for (const Signature& other : kOthers)
    if (has(bytes, other.at, other.bytes)) what = other.name;
  base::throw_error<base::FormatError>("{}: expected a PNG, JPEG or WebP picture, got {}",
                                       source.name, what);
}

PictureFormat format_of_path(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  if (extension == ".png") return PictureFormat::png;
  if (extension == ".jpg" || extension == ".jpeg") return PictureFormat::jpeg;
  if (extension == ".webp") return PictureFormat::webp;
  base::throw_error<base::UsageError>(
      "{}: expected a name that ends in .png, .jpg, .jpeg or .webp, got \"{}\"", path.string(),
      extension);
}

void check_size(const PictureSource& source, std::int64_t width_px, std::int64_t height_px) {
  const ReadLimits& limits = source.limits;
  if (width_px < 1 || height_px < 1)
    base::throw_error<base::FormatError>("{}: expected at least 1x1 pixels, got {}x{}", source.name,
                                         width_px, height_px);
  if (std::max(width_px, height_px) > limits.side_px)
    base::throw_error<base::LimitError>("{}: expected sides of at most {} px, got {}x{}",
                                        source.name, limits.side_px, width_px, height_px);
  if (width_px * height_px > limits.pixels)  // both sides fit 32 bits, so this fits 64
    base::throw_error<base::LimitError>("{}: expected at most {} pixels, got {}x{} = {}",
                                        source.name, limits.pixels, width_px, height_px,
                                        width_px * height_px);
}

Picture decode_picture(const PictureSource& source) {
  switch (format_of_content(source)) {
    case PictureFormat::png:
      return decode_png(source);
    case PictureFormat::jpeg:
      return decode_jpeg(source);
    default:
      return decode_webp(source);
  }
}

Metadata decode_metadata(const PictureSource& source) {
  switch (format_of_content(source)) {
    case PictureFormat::png:
      return read_png_metadata(source);
    case PictureFormat::jpeg:
      return read_jpeg_metadata(source);
    default:
      return read_webp_metadata(source);
  }
}

std::string encode_picture(const Picture& picture, PictureFormat format,
                           const WriteOptions& options) {
  check_writable(picture, options);
  switch (format) {
    case PictureFormat::png:
      return encode_png(picture, options);
    case PictureFormat::jpeg:
      return encode_jpeg(picture, options);
    default:
      return encode_webp(picture, options);
  }
}

}  // namespace clipguide::media
