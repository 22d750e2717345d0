#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "clipguide/weights/checksum.h"
#include "clipguide/weights/hub_http.h"

namespace clipguide::weights {

/// The hub serves another content than the one that was asked for: ask anew which it is.
class ChangedOnServer : public base::NetworkError {
 public:
  using NetworkError::NetworkError;
};

struct Download {
  std::string url;
  std::string token;
  std::filesystem::path target;
  std::filesystem::path lock;
  std::string label;  ///< what the user calls this file, for messages and progress
  Checksum checksum;
  std::optional<std::uint64_t> size_bytes;  ///< needed for a git sha1
  /// The file is on a hub: an X-Linked-Etag on the way, or an ETag of the url's own origin, that is
  /// another than the checksum means that it has changed.
  bool from_hub = false;
  /// Read a file that is already there and fetch it again if it is not what it should be; else its
  /// size is trusted.
  bool rehash_existing = false;
};

/// Brings `target` about: whole and verified, or not at all. What has come so far is kept in
/// `target`.incomplete and continued by the next attempt, also by another process after a crash.
/// Bytes go through the checksum as they come; the name appears by rename, after fsync, only if it
/// fits. Content that does not fit is thrown away and fetched once more before giving up.
///   returns  false when it was there already
///   throws   TransferError, ChangedOnServer, IoError (disk full, no permission), Interrupted
///   cost     continuing reads what is there once, for the checksum
bool download(const Download& file, HttpClient& client);

}  // namespace clipguide::weights
