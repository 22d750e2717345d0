#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clipguide::weights {

/// How much larger than the file what it unfolds to may be: entries inflated, and tensors that are
/// overlapping views of few bytes. Weights hardly compress; a bomb does, a thousandfold.
///   returns  bytes: 64 MiB and twenty times the file
std::size_t unfolding_limit(std::size_t file_bytes);

/// Reads a zip archive in memory: stored and deflated entries, zip64. The central directory alone
/// says what is there. Names that could lead out of a folder, doubled names, encrypted, overlapping
/// and truncated entries are refused when the archive is opened.
///   throws  FormatError, LimitError
///   cost    opening reads the directory only; a stored entry is never copied
class ZipArchive {
 public:
  /// The archive keeps views into `file`, which must outlive it. `source` names it in errors.
  ZipArchive(std::span<const std::byte> file, std::string source);

  bool contains(const std::string& name) const { return entries_.contains(name); }
  std::vector<std::string> names() const;

  /// An entry's content, valid as long as the archive. A deflated one is inflated at the first call
  /// and its CRC checked. A stored one's is not: torch can write archives without CRCs.
  std::span<const std::byte> read(const std::string& name);

 private:
  enum class Method { stored, deflated };
  struct Entry {
    Method method = Method::stored;
    std::uint32_t crc = 0;
    std::size_t size = 0;               // inflated
    std::span<const std::byte> packed;  // as it lies in the file
  };
  struct Directory {
    std::uint64_t offset = 0, size = 0, entries = 0;
  };
  struct Extent {
    std::size_t begin = 0, end = 0;  // local header and data, in the file
  };

  Directory find_directory() const;
  Extent read_directory_entry(std::span<const std::byte> header, std::size_t directory_offset);
  Extent locate(const std::string& name, std::uint64_t header_offset, std::uint64_t packed_bytes,
                std::size_t directory_offset, Entry& entry) const;
  void inflate(const std::string& name, const Entry& entry, std::vector<std::byte>& content);

  std::span<const std::byte> file_;
  std::string source_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::vector<std::byte>> inflated_;
  std::size_t inflated_bytes_ = 0;
};

}  // namespace clipguide::weights
