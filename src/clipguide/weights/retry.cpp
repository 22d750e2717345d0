#include <algorithm>
#include <thread>

#include "clipguide/weights/hub_http.h"

namespace clipguide::weights {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

// An attempt that brought this much got somewhere: a long download over a bad line may go on.
constexpr std::uint64_t kProgressBytes = 1 << 20;

void sleep_unless_stopped(Milliseconds delay, const TransferHooks& hooks) {
  const auto end = Clock::now() + delay;
  for (auto now = Clock::now(); now < end; now = Clock::now()) {
    check_stop(hooks);
    std::this_thread::sleep_for(std::min<Clock::duration>(end - now, Milliseconds(50)));
  }
}

}  // namespace

void with_retries(const HttpClient& client, const std::function<void()>& attempt,
                  const std::function<std::uint64_t()>& position) {
  const TransferLimits& limits = client.limits();
  Milliseconds delay = limits.first_delay;
  std::uint64_t last_position = position ? position() : 0;
  for (int failures = 0;;) {
    try {
      attempt();
      return;
    } catch (const TransferError& error) {
      if (!error.transient()) throw;

      // Count the attempt, unless it got somewhere.
      const std::uint64_t now_at = position ? position() : 0;
      if (now_at >= last_position + kProgressBytes) {
        failures = 0;
        delay = limits.first_delay;
      }
      last_position = now_at;
      if (++failures >= limits.max_attempts) {
        TransferError final_error(fmt::format("{} (after {} attempts)", error.what(), failures),
                                  false, error.status(), error.hint());
        final_error.error_code = error.error_code;
        throw final_error;
      }

      // Wait as asked, or longer each time.
      const Milliseconds wait = error.retry_after ? Milliseconds(*error.retry_after) : delay;
      if (error.retry_after && wait > limits.longest_retry_after)
        throw TransferError(
            fmt::format("{}: the server asks to wait {} s, longer than {} s", error.what(),
                        error.retry_after->count(), limits.longest_retry_after.count() / 1000),
            false, error.status(), "try again later");
      base::log(
          client.hooks().log, base::LogLevel::info,
          fmt::format("{}; trying again in {:.1f} s", error.what(), double(wait.count()) / 1000));
      sleep_unless_stopped(wait, client.hooks());
      delay = std::min(delay * 2, limits.longest_delay);
    }
  }
}

}  // namespace clipguide::weights
