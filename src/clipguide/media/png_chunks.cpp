#include "clipguide/media/png_chunks.h"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <cstddef>

#include "clipguide/base/error.h"
#include "clipguide/media/text_encoding.h"

namespace clipguide::media {
namespace {

constexpr std::size_t kSignatureBytes = 8, kFrameBytes = 12;  // length, type and CRC

std::uint32_t big_endian_32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (char c : bytes.substr(0, 4)) value = value << 8 | std::uint8_t(c);
  return value;
}

std::uint32_t crc_of(std::string_view bytes) {
  return std::uint32_t(::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

bool is_chunk_type(std::string_view type) {
  return std::all_of(type.begin(), type.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
}

// Takes what stands before the next NUL, and the NUL.
std::string_view take_string(const PictureSource& source, std::string_view& content) {
  const std::size_t end = content.find('\0');
  if (end == content.npos)
    base::throw_error<base::FormatError>("{}: expected a NUL after a PNG text's keyword, got none",
                                         source.name);
  const std::string_view taken = content.substr(0, end);
  content.remove_prefix(end + 1);
  return taken;
}

struct Inflater {
  z_stream stream{};
  Inflater() {
    if (::inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { ::inflateEnd(&stream); }
};

std::string inflate_text(const PictureSource& source, std::string_view content,
                         std::size_t limit_bytes) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = uInt(content.size());
  std::string out;
  char part[16384];
  for (int status = Z_OK; status != Z_STREAM_END;) {
    stream.next_out = reinterpret_cast<Bytef*>(part);
    stream.avail_out = sizeof part;
    status = ::inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END)
      base::throw_error<base::FormatError>("{}: expected deflated PNG text, got {}", source.name,
                                           status == Z_BUF_ERROR ? "a part of it" : "broken data");
    out.append(part, sizeof part - stream.avail_out);
    if (out.size() > limit_bytes)
      base::throw_error<base::LimitError>("{}: expected at most {} bytes of text, got more",
                                          source.name, kTextLimitBytes);
  }
  return out;
}

std::string text_of(const PictureSource& source, const PngChunks::Text& text,
                    std::string_view content, std::size_t limit_bytes) {
  if (text.type == "tEXt") return utf8_from_latin1(content.substr(0, content.find('\0')));
  const bool international = text.type == "iTXt";
  if (content.size() < (international ? 2u : 1u))
    base::throw_error<base::FormatError>(
        "{}: expected a PNG {} chunk's compression method, got its"
        " end",
        source.name, text.type);
  const bool deflated = !international || content[0] != 0;
  const char method = content[international ? 1 : 0];
  content.remove_prefix(international ? 2 : 1);
  if (deflated && method != 0)
    base::throw_error<base::FormatError>("{}: expected PNG text compression 0, got {}", source.name,
                                         int(method));
  if (international) {
    take_string(source, content);  // language
    take_string(source, content);  // translated keyword
  }
  const std::string unfolded =
      deflated ? inflate_text(source, content, limit_bytes) : std::string(content);
  return international ? valid_utf8(unfolded) : utf8_from_latin1(unfolded);
}

}  // namespace

PngChunks walk_png(const PictureSource& source) {
  PngChunks chunks;
  std::string_view rest = source.bytes.substr(std::min(kSignatureBytes, source.bytes.size()));
  for (bool first = true;; first = false) {
    const std::size_t at = source.bytes.size() - rest.size();
    if (rest.size() < kFrameBytes)
      base::throw_error<base::FormatError>(
          "{}: expected a PNG chunk at byte {}, got the file's end", source.name, at);
    const std::size_t length = big_endian_32(rest);
    const std::string_view type = rest.substr(4, 4);
    if (!is_chunk_type(type))
      base::throw_error<base::FormatError>("{}: expected a PNG chunk at byte {}, got other bytes",
                                           source.name, at);
    if (length > rest.size() - kFrameBytes)
      base::throw_error<base::FormatError>(
          "{}: expected {} bytes in PNG chunk {} at byte {}, got {}", source.name, length, type, at,
          rest.size() - kFrameBytes);
    const std::string_view content = rest.substr(8, length);
    const std::uint32_t want = big_endian_32(rest.substr(8 + length));
    const std::uint32_t have = crc_of(rest.substr(4, 4 + length));
    if (want != have)
      base::throw_error<base::FormatError>(
          "{}: expected CRC {:08x} of PNG chunk {} at byte {}, got {:08x}", source.name, want, type,
          at, have);
    if (first != (type == "IHDR") || (first && length != 13))
      base::throw_error<base::FormatError>(
          "{}: expected one PNG chunk IHDR first, got {} at byte {}", source.name, type, at);
    if (first) {
      chunks.width_px = big_endian_32(content);
      chunks.height_px = big_endian_32(content.substr(4));
    } else if (type == "eXIf") {
      chunks.exif = content;
    } else if (type == "tEXt" || type == "zTXt" || type == "iTXt") {
      chunks.texts.push_back({type, content});
    } else if (type == "IEND") {
      return chunks;
    }
    rest.remove_prefix(kFrameBytes + length);
  }
}

Metadata read_png_texts(const PictureSource& source, const PngChunks& chunks) {
  Metadata metadata;
  std::size_t total = 0;
  for (const PngChunks::Text& text : chunks.texts) {
    std::string_view content = text.content;
    const std::string keyword = utf8_from_latin1(take_string(source, content));
    std::string value = text_of(source, text, content, kTextLimitBytes - total);
    total += value.size();
    if (total > kTextLimitBytes)
      base::throw_error<base::LimitError>("{}: expected at most {} bytes of text, got more",
                                          source.name, kTextLimitBytes);
    metadata.emplace(keyword, std::move(value));
  }
  return metadata;
}

}  // namespace clipguide::media
