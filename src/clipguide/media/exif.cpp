#include "clipguide/media/exif.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "clipguide/media/text_encoding.h"

namespace clipguide::media {
namespace {

constexpr std::string_view kExifHeader("Exif\0\0", 6);
constexpr std::string_view kAsciiCode("ASCII\0\0\0", 8), kUnicodeCode("UNICODE\0", 8);

enum Tag : unsigned { kOrientation = 0x0112, kExifFolder = 0x8769, kUserComment = 0x9286 };
enum Type : unsigned { kShort = 3, kLong = 4, kUndefined = 7 };

constexpr std::size_t kHeaderBytes = 8, kEntryBytes = 12, kInlineBytes = 4;

struct Entry {
  unsigned type = 0;
  std::size_t count = 0;
  std::size_t value_at = 0;  // of the four bytes that hold the value or its offset
};

// A TIFF block whose every read is checked: past the end there are zeros.
class Tiff {
 public:
  explicit Tiff(std::string_view bytes) : bytes_(bytes), big_endian_(bytes.substr(0, 2) == "MM") {}

  bool valid() const {
    const std::string_view mark = bytes_.substr(0, 2);
    return (mark == "MM" || mark == "II") && number(2, 2) == 42;
  }
  bool big_endian() const { return big_endian_; }

  std::size_t number(std::size_t at, std::size_t size) const {
    std::size_t value = 0;
    if (at > bytes_.size() || bytes_.size() - at < size) return 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | std::uint8_t(bytes_[at + (big_endian_ ? i : size - 1 - i)]);
    return value;
  }

  std::optional<Entry> find(std::size_t folder_at, unsigned tag) const {
    const std::size_t entries = folder_at ? number(folder_at, 2) : 0;
    for (std::size_t i = 0; i < entries; ++i) {
      const std::size_t at = folder_at + 2 + i * kEntryBytes;
      if (number(at, 2) == tag)
        return Entry{unsigned(number(at + 2, 2)), number(at + 4, 4), at + 8};
    }
    return {};
  }

  std::string_view undefined(const Entry& entry) const {
    const std::size_t at = entry.count <= kInlineBytes ? entry.value_at : number(entry.value_at, 4);
    if (entry.type != kUndefined || at > bytes_.size()) return {};
    return bytes_.substr(at, entry.count);
  }

 private:
  std::string_view bytes_;
  bool big_endian_;
};

// Writers disagree whether UNICODE follows the TIFF byte order: a byte order mark decides, else the
// end on which most zero bytes lie, else the TIFF order.
std::string decode_unicode(std::string_view bytes, bool big_endian) {
  if (bytes.substr(0, 2) == "\xFE\xFF") return utf8_from_utf16(bytes.substr(2), true);
  if (bytes.substr(0, 2) == "\xFF\xFE") return utf8_from_utf16(bytes.substr(2), false);
  std::size_t zeros[2] = {0, 0};
  for (std::size_t i = 0; i < bytes.size(); ++i) zeros[i % 2] += bytes[i] == 0;
  if (zeros[0] != zeros[1]) big_endian = zeros[0] > zeros[1];
  return utf8_from_utf16(bytes, big_endian);
}

std::string decode_comment(std::string_view bytes, bool big_endian) {
  const std::string_view code = bytes.substr(0, 8);
  if (bytes.size() < 8) return {};
  bytes.remove_prefix(8);
  if (code == kUnicodeCode) return decode_unicode(bytes, big_endian);
  return valid_utf8(
      bytes.substr(0, bytes.find('\0')));  // ASCII, or undefined: some put UTF-8 there
}

void append_number(std::string& out, std::size_t value, int size) {
  for (int i = size - 1; i >= 0; --i) out += char(value >> (8 * i) & 0xFF);
}

// A folder of one entry and no next folder.
void append_folder(std::string& out, unsigned tag, unsigned type, std::size_t count,
                   std::size_t value) {
  append_number(out, 1, 2);
  append_number(out, tag, 2);
  append_number(out, type, 2);
  append_number(out, count, 4);
  append_number(out, value, 4);
  append_number(out, 0, 4);
}

}  // namespace

Exif parse_exif(std::string_view block) {
  Exif exif;
  if (block.substr(0, kExifHeader.size()) == kExifHeader) block.remove_prefix(kExifHeader.size());
  const Tiff tiff(block);
  if (!tiff.valid()) return exif;
  const std::size_t folder_at = tiff.number(4, 4);
  if (const auto entry = tiff.find(folder_at, kOrientation); entry && entry->type == kShort) {
    const int orientation = int(tiff.number(entry->value_at, 2));
    if (orientation >= 1 && orientation <= 8) exif.orientation = orientation;
  }
  if (const auto folder = tiff.find(folder_at, kExifFolder))
    if (const auto comment = tiff.find(tiff.number(folder->value_at, 4), kUserComment))
      exif.user_comment = decode_comment(tiff.undefined(*comment), tiff.big_endian());
  return exif;
}

std::string make_exif(std::string_view user_comment) {
  constexpr std::size_t kFolderBytes = 2 + kEntryBytes + 4;
  const std::string comment = std::string(kUnicodeCode) + utf16_big_endian(user_comment);
  std::string out = "MM";
  append_number(out, 42, 2);
  append_number(out, kHeaderBytes, 4);
  append_folder(out, kExifFolder, kLong, 1, kHeaderBytes + kFolderBytes);
  append_folder(out, kUserComment, kUndefined, comment.size(), kHeaderBytes + 2 * kFolderBytes);
  return out + comment;
}

}  // namespace clipguide::media
