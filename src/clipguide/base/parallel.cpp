#include "clipguide/base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <exception>
#include <mutex>
#include <string_view>
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

  std::atomic<int> helpers = 0;  ///< threads of the pool at work on it; changed by the pool alone

 private:
  const std::int64_t count_;
  const Task task_;
  const void* const context_;
  std::atomic<std::int64_t> next_ = 0;
  std::mutex mutex_;
  std::exception_ptr error_;
};

// Turns in a loop until `done`, for some hundred microseconds at most: the next call mostly comes
// sooner, and to sleep and be woken takes longer. Not for longer, since others may want the
// processor.
template <class Done>
void wait_turning(const Done& done) {
  constexpr int kTurns = 10000;
  for (int turn = 0; turn < kTurns && !done(); ++turn) {
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
  }
}

class Pool {
 public:
  void run(Job& job, int helpers) {
    int sleeping = 0;
    // Offer places to helpers, and begin without waiting for them.
    {
      const std::lock_guard lock(mutex_);
      grow(helpers);
      for (int i = 0; i < helpers; ++i) places_.push_back(&job);
      offered_places_ = int(places_.size());
      sleeping = sleeping_;
    }
    for (int i = 0; i < std::min(helpers, sleeping); ++i) offered_.notify_one();
    job.work();
    // Withdraw the places that nobody took, and wait for those who did.
    {
      const std::lock_guard lock(mutex_);
      std::erase(places_, &job);
      offered_places_ = int(places_.size());
    }
    wait_turning([&] { return job.helpers == 0; });
    if (job.helpers == 0) return;
    std::unique_lock lock(mutex_);
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
      if (places_.empty()) {
        lock.unlock();
        wait_turning([&] { return offered_places_ > 0; });
        lock.lock();
      }
      ++sleeping_;
      offered_.wait(lock, [&] { return !places_.empty(); });
      --sleeping_;
      Job& job = *places_.front();
      places_.pop_front();
      offered_places_ = int(places_.size());
      ++job.helpers;
      lock.unlock();
      job.work();
      lock.lock();
      if (--job.helpers == 0) left_.notify_all();  // the job may be gone from here on
    }
  }

  std::mutex mutex_;
  std::condition_variable offered_, left_;
  std::deque<Job*> places_;
  std::atomic<int> offered_places_ = 0;  // how many there are, to be seen without the lock
  int threads_ = 0, sleeping_ = 0;
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

namespace {

std::atomic<int> chosen_threads = 0;

}  // namespace

int threads() {
  static const int usual = usual_threads();  // every kernel asks
  const int chosen = chosen_threads;
  return chosen > 0 ? chosen : usual;
}

void set_threads(int count) { chosen_threads = count; }

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
