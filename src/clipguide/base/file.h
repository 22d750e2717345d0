#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace clipguide::base {

/// Whole file as bytes.
///   throws  IoError when it cannot be read, LimitError when it is larger than `limit_bytes`
std::string read_file(const std::filesystem::path& path, std::size_t limit_bytes);

/// Writes a file so that after a crash or a full disk the old or the new content is there, never a
/// part: temporary file, fsync, link or rename, fsync of the folder. A process that is killed
/// leaves no temporary file of a new path, where the file system has files without a name.
///   throws  IoError naming the path and the cause; the old file is then untouched
void write_file(const std::filesystem::path& path, std::span<const std::byte> content);
void write_file(const std::filesystem::path& path, std::string_view content);

/// Read-only memory map of a whole file; an empty file maps to an empty span.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);  ///< throws IoError
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace clipguide::base
