#include "clipguide/workflow/rehearsal.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/base/memory.h"
#include "clipguide/guide/scheduled_view.h"

namespace clipguide::workflow {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

constexpr int kSteps = 3;

}  // namespace

guide::Curve rehearsed_cuts(const guide::RunOptions& options) {
  if (options.cuts.constant()) return options.cuts;
  const guide::ViewCounts counts = guide::view_counts(options);
  const int both = std::max(2, int(std::lround(2 * counts.mean)));
  return guide::Curve::parse(fmt::format("0:{}, 0.3:{}, 0.4:{}, 0.6:{}", counts.largest, both / 2,
                                         both / 2, both - both / 2),
                             "cuts");
}

Rehearsal rehearse(guide::RunOptions options, const guide::PictureMaker& maker,
                   const std::function<bool()>& stop) {
  const auto check_stop = [&] {
    if (stop())
      throw base::Interrupted("interrupted while the cost was measured; nothing was made");
  };
  options.cuts = rehearsed_cuts(options);
  options.steps = kSteps;
  check_stop();
  guide::Run(options, maker.context());  // the models are loaded once, not once a picture
  check_stop();

  Rehearsal cost;
  const double started_s = now_s();
  guide::Run run(options, maker.context());
  const double begun_s = now_s();
  double first_step_s = begun_s;  // finds memory and threads: slower than those after it
  run.go([&](const guide::StepEvent& event) {
    if (event.step == 1) first_step_s = now_s();
    return stop() ? guide::Verdict::stop : guide::Verdict::go_on;
  });
  check_stop();
  const double stepped_s = now_s();
  run.score();
  cost.step_s = (stepped_s - first_step_s) / (kSteps - 1);
  cost.start_s = (begun_s - started_s) + (now_s() - stepped_s);
  cost.memory_bytes = base::largest_memory_bytes();
  return cost;
}

}  // namespace clipguide::workflow
