#pragma once

#include <ATen/Parallel.h>

#include <mutex>

namespace clipguide::base {

/// While it lives libtorch computes with one thread: how it shares a product or a sum out shows in
/// the last bits, and hundreds of steps make a difference of these. For small work that has no
/// kernel of ours. One at a time, since the number is the whole process's.
class OneThread {
 public:
  OneThread() : lock_(mutex()), before_(at::get_num_threads()) { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  std::lock_guard<std::mutex> lock_;
  int before_;
};

}  // namespace clipguide::base
