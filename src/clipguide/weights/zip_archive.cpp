#include "clipguide/weights/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "clipguide/base/error.h"
#include "clipguide/weights/printable.h"

// Source of the layout: PKWARE APPNOTE.TXT 6.3, sections 4.3 and 4.5.3.
namespace clipguide::weights {
namespace {

using base::FormatError;
using base::throw_error;
using Bytes = std::span<const std::byte>;

constexpr std::uint32_t kLocalSignature = 0x04034b50, kDirectorySignature = 0x02014b50;
constexpr std::uint32_t kEndSignature = 0x06054b50, kEnd64Signature = 0x06064b50;
constexpr std::uint32_t kLocatorSignature = 0x07064b50;
constexpr std::size_t kLocalBytes = 30, kDirectoryBytes = 46, kEndBytes = 22, kEnd64Bytes = 56,
                      kLocatorBytes = 20;
constexpr std::uint16_t kZip64Field = 1;
constexpr std::uint32_t kIn64 = 0xffffffff;  // the 32-bit field that sends the reader to zip64

/// The little-endian number at an offset that the caller has checked.
template <class T>
T number_at(Bytes bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool leads_out(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != name.npos ||
      name.find('\0') != name.npos || (name.size() > 1 && name[1] == ':'))
    return true;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

/// Replaces the sizes and offset that did not fit 32 bits by those of the zip64 field.
bool widen(Bytes extra, std::initializer_list<std::uint64_t*> values) {
  if (std::none_of(values.begin(), values.end(), [](const auto* v) { return *v == kIn64; }))
    return true;
  while (extra.size() >= 4) {
    const auto id = number_at<std::uint16_t>(extra, 0), size = number_at<std::uint16_t>(extra, 2);
    if (size > extra.size() - 4) return false;
    Bytes field = extra.subspan(4, size);
    extra = extra.subspan(4 + std::size_t(size));
    if (id != kZip64Field) continue;
    for (std::uint64_t* value : values) {
      if (*value != kIn64) continue;
      if (field.size() < 8) return false;
      *value = number_at<std::uint64_t>(field, 0);
      field = field.subspan(8);
    }
    return true;
  }
  return false;
}

}  // namespace

std::size_t unfolding_limit(std::size_t file_bytes) {
  return (std::size_t(64) << 20) + 20 * file_bytes;
}

ZipArchive::ZipArchive(Bytes file, std::string source) : file_(file), source_(std::move(source)) {
  const Directory directory = find_directory();
  Bytes rest = file_.subspan(directory.offset, directory.size);
  std::vector<Extent> extents;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    if (rest.size() < kDirectoryBytes || number_at<std::uint32_t>(rest, 0) != kDirectorySignature)
      throw_error<FormatError>("{}: expected {} entries in the zip directory, got {}", source_,
                               directory.entries, i);
    const std::size_t length = kDirectoryBytes + number_at<std::uint16_t>(rest, 28) +
                               number_at<std::uint16_t>(rest, 30) +
                               number_at<std::uint16_t>(rest, 32);
    if (length > rest.size())
      throw_error<FormatError>("{}: expected a whole zip directory, got it cut short", source_);
    extents.push_back(read_directory_entry(rest.first(length), directory.offset));
    rest = rest.subspan(length);
  }
  // Entries that share bytes are how a small archive pretends to hold much.
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < extents.size(); ++i)
    if (extents[i].begin < extents[i - 1].end)
      throw_error<FormatError>("{}: expected separate zip entries, got an overlap at byte {}",
                               source_, extents[i].begin);
}

ZipArchive::Directory ZipArchive::find_directory() const {
  // The end record stands before a comment of at most 65535 bytes that reaches the end of the file.
  std::optional<std::size_t> end;
  for (std::size_t comment = 0; comment <= 0xffff && comment + kEndBytes <= file_.size();
       ++comment) {
    const std::size_t at = file_.size() - kEndBytes - comment;
    if (number_at<std::uint32_t>(file_, at) == kEndSignature &&
        number_at<std::uint16_t>(file_, at + 20) == comment) {
      end = at;
      break;
    }
  }
  if (!end)
    throw_error<FormatError>("{}: expected a whole zip archive, got no end record", source_);

  std::size_t limit = *end;
  Directory found{.offset = number_at<std::uint32_t>(file_, *end + 16),
                  .size = number_at<std::uint32_t>(file_, *end + 12),
                  .entries = number_at<std::uint16_t>(file_, *end + 10)};
  std::uint64_t disks = number_at<std::uint16_t>(file_, *end + 4);
  if (*end >= kLocatorBytes &&
      number_at<std::uint32_t>(file_, *end - kLocatorBytes) == kLocatorSignature) {
    const auto at = number_at<std::uint64_t>(file_, *end - kLocatorBytes + 8);
    limit = *end - kLocatorBytes;
    if (limit < kEnd64Bytes || at > limit - kEnd64Bytes ||
        number_at<std::uint32_t>(file_, at) != kEnd64Signature)
      throw_error<FormatError>("{}: expected a zip64 end record, got none at byte {}", source_, at);
    limit = at;
    disks = number_at<std::uint32_t>(file_, at + 16);
    found = {.offset = number_at<std::uint64_t>(file_, at + 48),
             .size = number_at<std::uint64_t>(file_, at + 40),
             .entries = number_at<std::uint64_t>(file_, at + 32)};
  }
  if (disks != 0)
    throw_error<FormatError>("{}: expected a zip archive in one part, got part {}", source_, disks);
  if (found.offset > limit || found.size > limit - found.offset)
    throw_error<FormatError>("{}: expected the zip directory before byte {}, got bytes {} + {}",
                             source_, limit, found.offset, found.size);
  return found;
}

ZipArchive::Extent ZipArchive::read_directory_entry(Bytes header, std::size_t directory_offset) {
  const auto flags = number_at<std::uint16_t>(header, 8),
             method = number_at<std::uint16_t>(header, 10);
  std::uint64_t packed_bytes = number_at<std::uint32_t>(header, 20);
  std::uint64_t size = number_at<std::uint32_t>(header, 24);
  std::uint64_t offset = number_at<std::uint32_t>(header, 42);
  const Bytes name_bytes = header.subspan(kDirectoryBytes, number_at<std::uint16_t>(header, 28));
  const Bytes extra =
      header.subspan(kDirectoryBytes + name_bytes.size(), number_at<std::uint16_t>(header, 30));
  const std::string name(text_of(name_bytes));
  const auto refuse = [&](std::string_view expected, auto got) {
    throw_error<FormatError>("{}: zip entry '{}': expected {}, got {}", source_, printable(name),
                             expected, got);
  };
  if (leads_out(name)) refuse("a relative path without '..'", "another");
  if (!widen(extra, {&size, &packed_bytes, &offset})) refuse("a zip64 field", "none or a bad one");
  if (flags & 1) refuse("no encryption", "an encrypted entry");
  if (method != 0 && method != 8) refuse("method 0 (stored) or 8 (deflated)", method);
  if (method == 0 && packed_bytes != size) refuse("equal sizes, being stored", packed_bytes);

  Entry entry{.method = method == 0 ? Method::stored : Method::deflated,
              .crc = number_at<std::uint32_t>(header, 16),
              .size = size,
              .packed = {}};
  const Extent extent = locate(name, offset, packed_bytes, directory_offset, entry);
  if (!entries_.emplace(name, entry).second) refuse("the name once", "it twice");
  return extent;
}

/// Follows the directory to an entry's local header and from there to its data.
ZipArchive::Extent ZipArchive::locate(const std::string& name, std::uint64_t header_offset,
                                      std::uint64_t packed_bytes, std::size_t directory_offset,
                                      Entry& entry) const {
  if (header_offset > directory_offset || directory_offset - header_offset < kLocalBytes ||
      number_at<std::uint32_t>(file_, header_offset) != kLocalSignature)
    throw_error<FormatError>("{}: zip entry '{}': expected a local header, got none at byte {}",
                             source_, printable(name), header_offset);
  const Bytes local = file_.subspan(header_offset, directory_offset - header_offset);
  const std::size_t name_length = number_at<std::uint16_t>(local, 26);
  const std::size_t start = kLocalBytes + name_length + number_at<std::uint16_t>(local, 28);
  if (start > local.size() || packed_bytes > local.size() - start)
    throw_error<FormatError>("{}: zip entry '{}': expected {} bytes, got {}", source_,
                             printable(name), packed_bytes,
                             start > local.size() ? 0 : local.size() - start);
  if (text_of(local.subspan(kLocalBytes, name_length)) != name)
    throw_error<FormatError>("{}: zip entry '{}': expected the same name at its data, got '{}'",
                             source_, printable(name),
                             printable(text_of(local.subspan(kLocalBytes, name_length))));
  entry.packed = local.subspan(start, packed_bytes);
  return {header_offset, header_offset + start + packed_bytes};
}

std::vector<std::string> ZipArchive::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

Bytes ZipArchive::read(const std::string& name) {
  const auto found = entries_.find(name);
  if (found == entries_.end())
    throw_error<FormatError>("{}: expected a zip entry '{}', got none", source_, printable(name));
  const Entry& entry = found->second;
  if (entry.method == Method::stored) return entry.packed;
  const auto [content, fresh] = inflated_.try_emplace(name);
  if (fresh) {
    try {
      inflate(name, entry, content->second);
    } catch (...) {
      inflated_.erase(content);
      throw;
    }
  }
  return content->second;
}

void ZipArchive::inflate(const std::string& name, const Entry& entry,
                         std::vector<std::byte>& content) {
  const auto refuse = [&](std::string_view got) {
    throw_error<FormatError>("{}: zip entry '{}': expected {} bytes deflated, got {}", source_,
                             printable(name), entry.size, got);
  };
  const std::size_t limit = unfolding_limit(file_.size());
  if (entry.size > limit - inflated_bytes_)
    throw_error<base::LimitError>("{}: zip entry '{}': expected at most {} bytes inflated, got {}",
                                  source_, printable(name), limit - inflated_bytes_, entry.size);
  // Deflate cannot do better than 1032 to 1: do not even allocate for a size that cannot be true.
  if (entry.size / 1032 > entry.packed.size()) refuse("too few for that");
  content.resize(entry.size);

  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  std::size_t in = 0, out = 0;
  int status = Z_OK;
  while (status == Z_OK) {  // zlib counts in 32 bits: feed it piece by piece
    const auto piece = [](std::size_t bytes) {
      return uInt(std::min<std::size_t>(bytes, 1u << 30));
    };
    // zlib does not write through next_in; an empty output still needs a non-null pointer.
    Bytef spare = 0;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(entry.packed.data() + in));
    stream.avail_in = piece(entry.packed.size() - in);
    stream.next_out =
        out < content.size() ? reinterpret_cast<Bytef*>(content.data() + out) : &spare;
    stream.avail_out = piece(content.size() - out);
    const std::size_t in_before = stream.avail_in, out_before = stream.avail_out;
    status = ::inflate(&stream, Z_NO_FLUSH);
    in += in_before - stream.avail_in;
    out += out_before - stream.avail_out;
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END)
    refuse(out == entry.size ? "more or a broken stream" : "a broken stream");
  if (out != entry.size) refuse("fewer");
  if (in != entry.packed.size()) refuse("bytes behind the stream");
  if (crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()) != entry.crc)
    refuse("another checksum");
  inflated_bytes_ += entry.size;
}

}  // namespace clipguide::weights
