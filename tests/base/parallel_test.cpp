#include "clipguide/base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace clipguide::base {
namespace {

TEST(Parallel, EveryTaskRunsOnceForAnyNumberOfThreads) {
  for (const int threads : {0, 1, 2, 7})
    for (const std::int64_t count : {0, 1, 3, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
      run_parallel(count, threads, [&](std::int64_t i) { ++runs[std::size_t(i)]; });
      for (const auto& times : runs) ASSERT_EQ(times, 1) << count << " on " << threads;
    }
}

TEST(Parallel, OneThreadIsTheCallersOwn) {
  run_parallel(20, 1, [caller = std::this_thread::get_id()](std::int64_t) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
  });
}

// Two tasks that each wait for the other end only when they run at the same time.
TEST(Parallel, TwoThreadsWorkAtTheSameTime) {
  std::mutex mutex;
  std::condition_variable met;
  int here = 0;
  run_parallel(2, 2, [&](std::int64_t) {
    std::unique_lock lock(mutex);
    ++here;
    met.notify_all();
    EXPECT_TRUE(met.wait_for(lock, std::chrono::seconds(60), [&] { return here == 2; }));
  });
}

TEST(Parallel, ThreadsArePersistent) {
  std::mutex mutex;
  std::set<std::thread::id> seen;
  for (int run = 0; run < 50; ++run)
    run_parallel(8, 2, [&](std::int64_t) {
      const std::lock_guard lock(mutex);
      seen.insert(std::this_thread::get_id());
    });
  // The caller, and of the pool those that other tests of this program made.
  EXPECT_LE(seen.size(), 8u);
}

TEST(Parallel, NestsAndServesSeveralCallers) {
  std::atomic<int> sum = 0;
  const auto nested = [&](std::int64_t) {
    run_parallel(10, 3, [&](std::int64_t i) { sum += int(i); });
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) callers.emplace_back([&] { run_parallel(20, 4, nested); });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum, 4 * 20 * 45);
}

TEST(Parallel, PassesOnWhatATaskThrowsAndGoesOnWorking) {
  for (const int threads : {1, 4}) {
    const auto fail = [](std::int64_t i) {
      if (i == 5) throw std::runtime_error("task 5");
    };
    EXPECT_THROW(run_parallel(100, threads, fail), std::runtime_error);
    std::atomic<int> ran = 0;
    run_parallel(100, threads, [&](std::int64_t) { ++ran; });
    EXPECT_EQ(ran, 100);
  }
}

TEST(Parallel, PartsCoverTheWholeInOrder) {
  for (const std::int64_t parts : {1, 3, 7, 16}) {
    std::int64_t at = 0;
    for (std::int64_t i = 0; i < parts; ++i) {
      const Part part = part_of(10, parts, i);
      EXPECT_EQ(part.begin, at);
      EXPECT_LE(part.end - part.begin, 10 / parts + 1);
      at = part.end;
    }
    EXPECT_EQ(at, 10);
  }
}

}  // namespace
}  // namespace clipguide::base
