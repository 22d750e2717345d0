#include "clipguide/guide/memory_plan.h"

#include <algorithm>

#include "clipguide/base/error.h"

namespace clipguide::guide {

int views_that_fit(std::int64_t most_bytes, std::int64_t start_bytes, int views,
                   const std::function<std::int64_t(int)>& use_of) {
  constexpr double kMiB = 1 << 20;
  const std::int64_t one = use_of(1), least = std::max(start_bytes, one);
  if (least > most_bytes)
    base::throw_error<base::UsageError>(
        "max-memory: expected at least {:.0f} MiB for this run, got {:.0f} MiB",
        double(least) / kMiB + 1, double(most_bytes) / kMiB);
  if (views == 1) return 1;
  const std::int64_t two = use_of(2);
  if (two > most_bytes) return 1;
  const std::int64_t each = two - one;
  if (each <= 0) return views;  // too little to be seen
  return int(std::min<std::int64_t>(views, 1 + (most_bytes - one) / each));
}

}  // namespace clipguide::guide
