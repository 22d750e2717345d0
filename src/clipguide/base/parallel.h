#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace clipguide::base {

/// Runs task(0) .. task(count - 1), in no fixed order, on up to `threads` threads.
/// Threads of its own: at::parallel_for runs serially in code that is not compiled with OpenMP.
/// A task must not throw. Costs some 30 microseconds a thread: give it milliseconds of work.
template <class Task>
void run_parallel(std::int64_t count, int threads, const Task& task) {
  std::atomic<std::int64_t> next = 0;
  const auto work = [&] {
    for (std::int64_t i; (i = next++) < count;) task(i);
  };
  std::vector<std::jthread> helpers;
  for (std::int64_t i = 1; i < std::min<std::int64_t>(threads, count); ++i)
    helpers.emplace_back(work);
  work();
}

}  // namespace clipguide::base
