#include "clipguide/workflow/rehearsal.h"

#include <chrono>

#include "clipguide/base/error.h"
#include "clipguide/base/memory.h"

namespace clipguide::workflow {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Rehearsal rehearse(guide::RunOptions options, const guide::PictureMaker& maker,
                   const std::function<bool()>& stop) {
  const auto check_stop = [&] {
    if (stop())
      throw base::Interrupted("interrupted while the cost was measured; nothing was made");
  };
  options.steps = 3;
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
  cost.step_s = (stepped_s - first_step_s) / (options.steps - 1);
  cost.start_s = (begun_s - started_s) + (now_s() - stepped_s);
  cost.memory_bytes = base::largest_memory_bytes();
  return cost;
}

}  // namespace clipguide::workflow
