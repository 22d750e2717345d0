#include "clipguide/cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

namespace clipguide::cli {
namespace {

volatile sig_atomic_t stop_requested = 0;
struct sigaction previous_int, previous_term;

extern "C" void on_signal(int) {
  if (stop_requested) _exit(130);
  stop_requested = 1;
}

}  // namespace

InterruptWatch::InterruptWatch() {
  stop_requested = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;  // writing a file goes on
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, &previous_int);
  ::sigaction(SIGTERM, &action, &previous_term);
}

InterruptWatch::~InterruptWatch() {
  ::sigaction(SIGINT, &previous_int, nullptr);
  ::sigaction(SIGTERM, &previous_term, nullptr);
}

bool InterruptWatch::requested() { return stop_requested != 0; }

}  // namespace clipguide::cli
