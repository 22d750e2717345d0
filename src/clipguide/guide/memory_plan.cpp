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
  int fitting = 1;
  std::int64_t used = one;
  while (fitting < views) {
    const int next = std::min(2 * fitting, views);
    const auto more_by = [&](double each) {
      return int(std::min(double(views - fitting), double(most_bytes - used) / each));
    };
    const double each = fitting > 1 ? double(used - one) / (fitting - 1) : 0;
    if (double(used) + each * (next - fitting) > double(most_bytes)) return fitting + more_by(each);
    const std::int64_t now = use_of(next);
    if (now > most_bytes) return fitting + more_by(double(now - used) / (next - fitting));
    used = now;
    fitting = next;
  }
  return views;
}

}  // namespace clipguide::guide
