#include "clipguide/workflow/forecast.h"

#include <algorithm>
#include <map>
#include <string>

#include "clipguide/guide/option_table.h"
#include "clipguide/workflow/rehearsal.h"

namespace clipguide::workflow {
namespace {

bool from_picture(const guide::RunOptions& options) {
  return options.init != "grey" && options.init != "noise" && options.init != "search";
}

/// What a run's time does not depend on is left out: runs of one kind have the same text.
std::string kind_of(const guide::RunOptions& options) {
  nlohmann::json kind = guide::to_json(options);
  for (const char* key :
       {"prompt", "negative_prompt", "seed", "steps", "strength", "init_noise", "ground"})
    kind.erase(key);
  if (from_picture(options)) kind["init"] = "grey";
  return kind.dump();
}

}  // namespace

Forecast forecast(const std::vector<guide::RunOptions>& runs, const guide::RunContext& context,
                  const std::function<bool()>& stop) {
  const guide::PictureMaker maker(context, "");  // loads each model once
  std::map<std::string, Rehearsal> costs;
  Forecast result;
  for (guide::RunOptions options : runs) {
    const auto [known, is_new] = costs.try_emplace(kind_of(options));
    options.ground = "keep";      // what it is new for need not be there yet
    if (from_picture(options)) {  // nor this
      options.init = "grey";
      options.strength = 1;
    }
    if (is_new) known->second = rehearse(options, maker, stop);
    result.seconds += known->second.picture_s(options.steps);
    result.memory_bytes = std::max(result.memory_bytes, known->second.memory_bytes);
  }
  return result;
}

}  // namespace clipguide::workflow
