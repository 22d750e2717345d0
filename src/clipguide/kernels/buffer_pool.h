#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "clipguide/kernels/buffer.h"

namespace clipguide::kernels {

/// Buffers that come back when nobody needs them any longer. Thread-safe.
class BufferPool {
 public:
  /// At least so many bytes, with whatever was left in them.
  Buffer take(std::size_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      for (Buffer& free : free_)
        if (free.size() >= bytes) {
          std::swap(free, free_.back());
          Buffer found = std::move(free_.back());
          free_.pop_back();
          return found;
        }
      free_.clear();  // too small: the calls have grown
    }
    return Buffer(bytes);
  }
  void give_back(Buffer buffer) {
    const std::lock_guard lock(mutex_);
    if (buffer.size() > 0) free_.push_back(std::move(buffer));
  }

 private:
  std::mutex mutex_;
  std::vector<Buffer> free_;
};

}  // namespace clipguide::kernels
