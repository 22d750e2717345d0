#include "clipguide/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

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

  int helpers = 0;  ///< threads of the pool at work on it; guarded by the pool

 private:
  const std::int64_t count_;
  const Task task_;
  const void* const context_;
  std::atomic<std::int64_t> next_ = 0;
  std::mutex mutex_;
  std::exception_ptr error_;
};

class Pool {
 public:
  void run(Job& job, int helpers) {
    // Offer places to helpers, and begin without waiting for them.
    {
      const std::lock_guard lock(mutex_);
      grow(helpers);
      for (int i = 0; i < helpers; ++i) places_.push_back(&job);
    }
    for (int i = 0; i < helpers; ++i) offered_.notify_one();
    job.work();
    // Withdraw the places that nobody took, and wait for those who did.
    std::unique_lock lock(mutex_);
    std::erase(places_, &job);
    left_.wait(lock, [&] { return job.helpers == 0; });
  }

 private:
  void grow(int threads) {
    try {
      for (; threads_ < threads; ++threads_) std::thread([this] { serve(); }).detach();
    } catch (const std::system_error&) {
      // The system gives no more threads: those that are here, or the caller alone, will do.
    }
  }

  void serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      offered_.wait(lock, [&] { return !places_.empty(); });
      Job& job = *places_.front();
      places_.pop_front();
      ++job.helpers;
      lock.unlock();
      job.work();
      lock.lock();
      if (--job.helpers == 0) left_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable offered_, left_;
  std::deque<Job*> places_;
  int threads_ = 0;
};

// Never destroyed: its threads wait in it until the process ends.
Pool& pool() {
  static Pool* const the_pool = new Pool;
  return *the_pool;
}

}  // namespace

void run_tasks(std::int64_t count, int threads, Task task, const void* context) {
  Job job(count, task, context);
  const int helpers = int(std::min<std::int64_t>(threads, count)) - 1;
  if (helpers > 0)
    pool().run(job, helpers);
  else
    job.work();
  job.rethrow();
}

}  // namespace clipguide::base
