#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "clipguide/weights/checksum.h"
#include "clipguide/weights/hub_settings.h"

namespace clipguide::weights {

/// A download under way: `target`.incomplete, its checksum so far, and the validator (a strong
/// ETag, in `target`.incomplete.etag) under which the server may continue it.
///   throws  IoError from every call
class PartialFile {
 public:
  /// Takes up what an earlier attempt left. Cost: reads it once.
  PartialFile(const std::filesystem::path& target, Checksum::Kind kind,
              std::optional<std::uint64_t> whole_size_bytes, const TransferHooks& hooks);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  std::uint64_t size_bytes() const { return size_bytes_; }
  const std::string& validator() const { return validator_; }
  void set_validator(const std::string& strong_etag);
  void append(std::span<const std::byte> bytes);
  void restart();  ///< throws away what is there
  void discard();  ///< and leaves no file behind

  std::string finish_digest() { return digest_.finish(); }
  void publish();  ///< fsync, rename to the target, fsync of the folder

 private:
  void take_up(const TransferHooks& hooks);
  [[noreturn]] void fail(const char* action) const;

  std::filesystem::path target_, path_, validator_path_;
  Checksum::Kind kind_;
  std::uint64_t whole_size_bytes_;
  Digest digest_;
  std::string validator_;
  std::uint64_t size_bytes_ = 0;
  int fd_ = -1;
};

}  // namespace clipguide::weights
