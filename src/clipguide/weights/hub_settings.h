#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "clipguide/base/log.h"

/// How models are fetched. The library reads no environment: whoever calls it fills these in
/// (the command line does so in cli/hub_environment.h).
namespace clipguide::weights {

/// When a transfer is given up, and how often it is tried again.
struct TransferLimits {
  std::chrono::milliseconds connect_timeout{10'000};
  /// A transfer that brings less than `low_speed_bytes_per_s` over this long counts as stalled.
  std::chrono::milliseconds stall_window{20'000};
  double low_speed_bytes_per_s = 100;
  /// Attempts in a row that bring less than a mebibyte of new bytes; then the error is final.
  int max_attempts = 5;
  std::chrono::milliseconds first_delay{500};  ///< doubles with each attempt
  std::chrono::milliseconds longest_delay{8'000};
  /// A server that asks (Retry-After) for more is not waited for.
  std::chrono::milliseconds longest_retry_after{60'000};
  int max_redirects = 5;
};

struct HubSettings {
  std::filesystem::path hub_cache;  ///< shared with Python's huggingface_hub
  std::filesystem::path own_cache;  ///< files that come from plain URLs
  std::string endpoint = "https://huggingface.co";
  std::string token;  ///< sent to the endpoint's own host only; empty = none
  bool offline = false;
  std::string user_agent = "clipguide";
  TransferLimits limits;
};

struct TransferProgress {
  std::string_view file;
  std::uint64_t done_bytes = 0;
  std::uint64_t total_bytes = 0;  ///< 0 while unknown
};

/// How a transfer talks to its caller; each may be empty.
struct TransferHooks {
  std::function<void(const TransferProgress&)> progress;
  std::function<bool()> should_stop;  ///< true ends the transfer with base::Interrupted
  base::LogSink log;
};

/// Throws base::Interrupted when the caller wants to stop.
void check_stop(const TransferHooks& hooks);

}  // namespace clipguide::weights
