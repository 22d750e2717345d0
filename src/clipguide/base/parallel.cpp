#include "clipguide/base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string_view>

namespace clipguide::base {
namespace {

class Job {
 public:
  Job(std::int64_t count, Task task, const void* context)
      : count_(count), task_(task), context_(context) {}

  // Takes tasks until there are none left.
  void work() {
    for (std::int64_t index; (index = next_++) < count_;) {
      try {
        task_(index, context_);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::current_exception();
        next_ = count_;
      }
    }
  }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  const std::int64_t count_;
  const Task task_;
  const void* const context_;
  std::atomic<std::int64_t> next_ = 0;
  std::mutex mutex_;
  std::exception_ptr error_;
};

}  // namespace

void run_tasks(std::int64_t count, int threads, Task task, const void* context) {
  Job job(count, task, context);
  if (threads > 1 && count > 1) {
    // A team of the same size each time: libgomp ends the threads that a smaller one leaves over.
#pragma omp parallel num_threads(threads)
    job.work();
  } else {
    job.work();
  }
  job.rethrow();
}

int usual_threads() {
  if (const char* const asked = std::getenv("OMP_NUM_THREADS")) {
    const std::string_view text = asked;  // a list for nested teams begins with the outermost
    int threads = 0;
    std::from_chars(text.data(), text.data() + text.size(), threads);
    if (threads > 0) return threads;
  }
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return std::max(1, CPU_COUNT(&allowed));
}

}  // namespace clipguide::base
