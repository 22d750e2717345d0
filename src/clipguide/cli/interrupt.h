#pragma once

namespace clipguide::cli {

/// While it lives, the first SIGINT or SIGTERM only asks to stop, so that the run can be saved; a
/// second one ends the process at once with status 130. One at a time.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  static bool requested();
};

}  // namespace clipguide::cli
