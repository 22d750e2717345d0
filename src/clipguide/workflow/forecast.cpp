#include "clipguide/workflow/forecast.h"

#include <sys/resource.h>

#include <chrono>
#include <map>
#include <string>

#include "clipguide/guide/option_table.h"

namespace clipguide::workflow {
namespace {

constexpr int kSteps = 3;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// What a run's time does not depend on is left out: runs of one kind have the same text.
std::string kind_of(const guide::RunOptions& options) {
  nlohmann::json kind = guide::to_json(options);
  for (const char* key : {"prompt", "negative_prompt", "seed", "steps", "strength", "init_noise"})
    kind.erase(key);
  const bool from_picture =
      options.init != "grey" && options.init != "noise" && options.init != "search";
  if (from_picture) kind["init"] = "grey";
  return kind.dump();
}

struct Pace {
  double before_s = 0;  ///< from the options to the first step
  double step_s = 0;
};

Pace measure(guide::RunOptions options, const guide::RunContext& context) {
  if (options.init != "noise" && options.init != "search") options.init = "grey";
  options.steps = std::max(options.steps, kSteps);
  // The first time pays for loading, the second shows what each run pays.
  { const guide::Run loaded(options, context); }
  Pace pace;
  const double start_s = now_s();
  guide::Run run(options, context);
  pace.before_s = now_s() - start_s;
  double first_s = 0, last_s = 0;
  run.go([&](const guide::StepEvent& event) {
    last_s = now_s();
    if (event.step == 1) first_s = last_s;  // the first one warms up
    return event.step == kSteps ? guide::Verdict::stop : guide::Verdict::go_on;
  });
  pace.step_s = (last_s - first_s) / (kSteps - 1);
  return pace;
}

}  // namespace

Forecast forecast(const std::vector<guide::RunOptions>& runs, const guide::RunContext& context) {
  std::map<std::string, Pace> paces;
  Forecast result;
  for (const guide::RunOptions& options : runs) {
    const auto [known, is_new] = paces.try_emplace(kind_of(options));
    if (is_new) known->second = measure(options, context);
    result.seconds += known->second.before_s + options.steps * known->second.step_s;
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  result.memory_bytes = std::int64_t(usage.ru_maxrss) * 1024;
  return result;
}

}  // namespace clipguide::workflow
