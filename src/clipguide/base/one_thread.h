#pragma once

#include <ATen/Parallel.h>

#include <mutex>

#include "clipguide/base/parallel.h"

namespace clipguide::base {

/// While it lives libtorch computes with one thread: how it shares a product or a sum out shows in
/// the last bits, and hundreds of steps make a difference of these. For small work that has no
/// kernel of ours. One at a time, since the number is the whole process's.
class OneThread {
 public:
  OneThread() : lock_(mutex()), before_(at::get_num_threads()) { set(1); }
  ~OneThread() { set(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  // libtorch ends its threads and starts others when told a number.
  static void set(int threads) {
    if (at::get_num_threads() != threads) at::set_num_threads(threads);
  }
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  std::lock_guard<std::mutex> lock_;
  int before_;
};

/// For work whose bulk is libtorch's operators: at least as many threads for them as for kernels.
inline void widen_libtorch() {
  if (at::get_num_threads() < threads()) at::set_num_threads(threads());
}

}  // namespace clipguide::base
