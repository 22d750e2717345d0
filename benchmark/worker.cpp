#include "benchmark/worker.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "benchmark/contender.h"

namespace clipguide::bench {
namespace {

using Clock = std::chrono::steady_clock;

double peak_memory_gib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / (1 << 20);
  return 0;
}

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
  Clock::time_point start = Clock::now();
  const auto on_step = [&](const guide::StepEvent& event) {
    const double elapsed_s = std::chrono::duration<double>(Clock::now() - start).count();
    say(event.step == 1 ? "ready" : fmt::format("{:.6f}", elapsed_s));
    if (!told_to_step()) return guide::Verdict::stop;
    start = Clock::now();
    return guide::Verdict::go_on;
  };
  guide::guide(contender.guide,
               {*contender.canvas, *contender.view, {contender.clip}, {contender.objective}}, state,
               on_step);
  say(fmt::format("{:.4f}", peak_memory_gib()));
  return 0;
}

}  // namespace clipguide::bench
