#pragma once

#include <cstdint>

/// Work on several threads of one pool, which lives as long as the process and grows to the largest
/// number of threads asked for.
///
/// A pool of our own, and libtorch left with one thread (docs/design/threads.md): a team of
/// OpenMP's, as libtorch's is, waits at the end of each loop for every one of its threads. Here a
/// thread that does not come is not waited for.
namespace clipguide::base {

/// How many threads kernels run on: what was set, or else the usual number.   0: the usual number
int threads();
void set_threads(int count);

/// OMP_NUM_THREADS, or one for each core that this process may run on. libtorch's own count is no
/// guide: Debian's is 1 on processors it does not know.
int usual_threads();

/// One part of 0 .. count - 1, cut into `parts` of nearly equal size. Depends on nothing else.
struct Part {
  std::int64_t begin, end;
};
constexpr Part part_of(std::int64_t count, std::int64_t parts, std::int64_t index) {
  return {count * index / parts, count * (index + 1) / parts};
}

/// Runs task(0, context) .. task(count - 1, context): what run_parallel is made of.
using Task = void (*)(std::int64_t index, const void* context);
void run_tasks(std::int64_t count, int threads, Task task, const void* context);

/// Runs task(0) .. task(count - 1), each once and in no fixed order, on up to `threads` threads,
/// the caller's among them; returns when all have ended. For results that do not depend on the
/// number of threads, let a task's work follow from its index alone.
///   throws  what a task threw first; tasks not yet begun are then left out
///   cost    a few microseconds while the others still turn, some ten where they sleep. Calls may
///           nest and may come from several threads: where no thread of the pool is free, the
///           caller does the work alone.
template <class Body>
void run_parallel(std::int64_t count, int threads, const Body& body) {
  run_tasks(
      count, threads,
      [](std::int64_t index, const void* context) { (*static_cast<const Body*>(context))(index); },
      &body);
}

}  // namespace clipguide::base
