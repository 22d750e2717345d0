#include "clipguide/media/jpeg_segments.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "clipguide/base/error.h"
#include "clipguide/media/split_metadata.h"
#include "clipguide/media/xmp.h"

namespace clipguide::media {
namespace {

constexpr std::string_view kExifName("Exif\0\0", 6);
constexpr std::string_view kXmpName("http://ns.adobe.com/xap/1.0/\0", 29);
constexpr std::string_view kExtensionName("http://ns.adobe.com/xmp/extension/\0", 35);
constexpr std::size_t kGuidBytes = 32, kExtensionBytes = kGuidBytes + 8;  // guid, length, offset
constexpr std::size_t kSegmentBytes = 65533;                              // without length field

std::uint32_t big_endian(std::string_view bytes, std::size_t size) {
  std::uint32_t value = 0;
  for (char c : bytes.substr(0, size)) value = value << 8 | std::uint8_t(c);
  return value;
}

void append_number(std::string& out, std::size_t value, int size) {
  for (int i = size - 1; i >= 0; --i) out += char(value >> (8 * i) & 0xFF);
}

bool take_name(std::string_view& content, std::string_view name) {
  if (content.substr(0, name.size()) != name) return false;
  content.remove_prefix(name.size());
  return true;
}

// The parts of extended packets, which may come in any order and for more than one packet.
class Extension {
 public:
  explicit Extension(const PictureSource& source) : source_(source) {}

  void add(std::string_view part) { parts_.push_back(part); }

  std::string join(std::string_view guid) const {
    std::string whole;
    std::size_t length = 0, got = 0;
    for (std::string_view part : parts_) {
      if (part.size() < kExtensionBytes || part.substr(0, kGuidBytes) != guid) continue;
      length = big_endian(part.substr(kGuidBytes), 4);
      const std::size_t offset = big_endian(part.substr(kGuidBytes + 4), 4);
      part.remove_prefix(kExtensionBytes);
      if (length > kTextLimitBytes)
        base::throw_error<base::LimitError>("{}: expected at most {} bytes of extended XMP, got {}",
                                            source_.name, kTextLimitBytes, length);
      if (offset > length || length - offset < part.size())
        base::throw_error<base::FormatError>(
            "{}: expected extended XMP within {} bytes, got {} at {}", source_.name, length,
            part.size(), offset);
      whole.resize(std::max(whole.size(), length));
      std::copy(part.begin(), part.end(), whole.begin() + std::ptrdiff_t(offset));
      got += part.size();
    }
    if (got != length)
      base::throw_error<base::FormatError>("{}: expected {} bytes of extended XMP, got {}",
                                           source_.name, length, got);
    return whole;
  }

 private:
  const PictureSource& source_;
  std::vector<std::string_view> parts_;
};

std::string md5(std::string_view bytes) {  // as the specification names packets; guards nothing
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (!::EVP_Digest(bytes.data(), bytes.size(), digest, &size, ::EVP_md5(), nullptr)) size = 0;
  std::string hex;
  for (unsigned int i = 0; i < 16; ++i) hex += fmt::format("{:02X}", i < size ? digest[i] : 0);
  return hex;
}

void append_segment(std::string& out, std::string_view name, std::string_view content) {
  out += "\xFF\xE1";
  append_number(out, 2 + name.size() + content.size(), 2);
  out += name;
  out += content;
}

void append_extension(std::string& out, std::string_view packet, std::string_view guid) {
  constexpr std::size_t kPart = kSegmentBytes - kExtensionName.size() - kExtensionBytes;
  for (std::size_t offset = 0; offset < packet.size(); offset += kPart) {
    std::string content(guid);
    append_number(content, packet.size(), 4);
    append_number(content, offset, 4);
    append_segment(out, kExtensionName, content.append(packet.substr(offset, kPart)));
  }
}

}  // namespace

JpegTexts walk_jpeg(const PictureSource& source) {
  constexpr std::uint8_t kApp1 = 0xE1, kEnd = 0xD9, kScan = 0xDA;
  JpegTexts texts;
  Extension extension(source);
  std::string_view rest = source.bytes.substr(std::min<std::size_t>(2, source.bytes.size()));
  for (;;) {
    // A marker is an FF, perhaps several, and a code; some writers leave stray bytes before it.
    rest.remove_prefix(std::min(rest.find('\xFF'), rest.size()));
    rest.remove_prefix(std::min(rest.find_first_not_of('\xFF'), rest.size()));
    if (rest.empty())
      base::throw_error<base::FormatError>("{}: expected a JPEG scan, got the file's end",
                                           source.name);
    const std::uint8_t code = std::uint8_t(rest[0]);
    if (code == kScan || code == kEnd) break;
    rest.remove_prefix(1);
    if (code <= 0x01 || (code >= 0xD0 && code <= 0xD8)) continue;  // these stand alone
    const std::size_t length = big_endian(rest, 2);
    if (length < 2 || length > rest.size())
      base::throw_error<base::FormatError>(
          "{}: expected {} bytes in JPEG segment {:02X} at byte {}, got {}", source.name, length,
          code, source.bytes.size() - rest.size(), rest.size());
    std::string_view content = rest.substr(2, length - 2);
    rest.remove_prefix(length);
    if (code != kApp1) continue;
    if (content.substr(0, kExifName.size()) == kExifName && texts.exif.empty())
      texts.exif = content;
    else if (take_name(content, kXmpName))
      texts.xmp = content;
    else if (take_name(content, kExtensionName))
      extension.add(content);
  }
  const std::string guid = parse_extended_guid(texts.xmp);
  if (!guid.empty()) texts.extended_xmp = extension.join(guid);
  return texts;
}

std::string make_jpeg_texts(const Metadata& metadata) {
  std::string out;
  if (metadata.empty()) return out;
  const SplitMetadata split = split_metadata(metadata, kSegmentBytes - 2 - kExifName.size());
  if (!split.exif.empty()) append_segment(out, kExifName, split.exif);
  const std::string packet = make_xmp(split.xmp_entries);
  if (packet.size() <= kSegmentBytes - 2 - kXmpName.size()) {
    append_segment(out, kXmpName, packet);
    return out;
  }
  const std::string extended = make_extended_xmp(split.xmp_entries), guid = md5(extended);
  append_segment(out, kXmpName, make_xmp({}, guid));
  append_extension(out, extended, guid);
  return out;
}

}  // namespace clipguide::media
