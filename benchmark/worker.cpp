#include "benchmark/worker.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>

#include "benchmark/contender.h"
#include "clipguide/base/memory.h"

namespace clipguide::bench {
namespace {

double now_s(bool processor_time) {
  timespec now;
  clock_gettime(processor_time ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

double peak_memory_gib() { return double(base::largest_memory_bytes()) / (1 << 30); }

bool told_to_step() {
  std::string line;
  return std::getline(std::cin, line) && line == "step";
}

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

}  // namespace

int run_worker(const WorkerOptions& options) {
  Contender contender(options);
  contender.guide.steps = 1 << 30;  // until told to stop

  // Step whenever told to.
  guide::GuideState state;
  double start_s = now_s(options.processor_time);
  const auto on_step = [&](const guide::StepEvent& event) {
    const double elapsed_s = now_s(options.processor_time) - start_s;
    say(event.step == 1 ? "ready" : fmt::format("{:.6f}", elapsed_s));
    if (!told_to_step()) return guide::Verdict::stop;
    start_s = now_s(options.processor_time);
    return guide::Verdict::go_on;
  };
  guide::guide(contender.guide, contender.parts(), state, on_step);
  say(fmt::format("{:.4f}", peak_memory_gib()));
  return 0;
}

}  // namespace clipguide::bench
