#include "clipguide/cli/run_estimate.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "clipguide/guide/picture_maker.h"

namespace clipguide::cli {
namespace {

constexpr int kTriedSteps = 3;  // the first one also allocates; the others tell

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double peak_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_maxrss) * 1024;
}

}  // namespace

RunEstimate try_run(const guide::RunOptions& options, const guide::RunContext& context) {
  const guide::PictureMaker maker(context, "");  // whose context keeps the models
  { const guide::Run loads_the_models(options, maker.context()); }
  RunEstimate estimate;
  double at_s = now_s();
  guide::Run run(options, maker.context());
  estimate.start_s = now_s() - at_s;
  at_s = now_s();
  run.go([&](const guide::StepEvent& event) {
    const double took_s = now_s() - at_s;
    at_s += took_s;
    estimate.step_s = event.step == 1 ? took_s : std::min(estimate.step_s, took_s);
    return event.step < kTriedSteps ? guide::Verdict::go_on : guide::Verdict::stop;
  });
  estimate.peak_bytes = peak_bytes();
  return estimate;
}

}  // namespace clipguide::cli
