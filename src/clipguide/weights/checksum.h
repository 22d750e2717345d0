#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace clipguide::weights {

/// What a file's bytes must add up to. The hub names large files by their sha256 and small ones by
/// their git blob id, the sha1 of "blob <size>\0" and the content.
struct Checksum {
  enum class Kind { sha256, git_sha1 };
  Kind kind = Kind::sha256;
  std::string hex;  ///< lower case

  /// By its length: 64 hex digits are a sha256, 40 a git blob id; nothing for anything else.
  static std::optional<Checksum> from_hex(std::string_view hex);
  std::string_view kind_name() const { return kind == Kind::sha256 ? "sha256" : "git sha1"; }
};

/// A checksum in the making.
class Digest {
 public:
  /// `size_bytes` of the whole file goes into a git blob id; a sha256 does not need it.
  Digest(Checksum::Kind kind, std::uint64_t size_bytes);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void add(std::span<const std::byte> bytes);
  std::string finish();  ///< hex, lower case; once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of bytes that are at hand: hex, lower case.
std::string sha256_of(std::string_view bytes);

/// The digest of a whole file.   throws IoError; cost: reads all of it.
/// `progress(done_bytes)` is called now and then and may throw to stop.
std::string digest_file(const std::filesystem::path& path, Checksum::Kind kind,
                        const std::function<void(std::uint64_t)>& progress = {});

}  // namespace clipguide::weights
