#pragma once

#include <filesystem>

#include "clipguide/weights/hub_settings.h"

namespace clipguide::weights {

/// An exclusive lock between processes (flock on a file of its own), held while this lives.
/// Python's huggingface_hub takes the same lock on the same file, so that the two do not download
/// twice.
///   throws  IoError when the file system has no locks, Interrupted when told to stop waiting
class FileLock {
 public:
  FileLock(const std::filesystem::path& path, const TransferHooks& hooks);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace clipguide::weights
