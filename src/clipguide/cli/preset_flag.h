#pragma once

#include <string>
#include <vector>

#include "clipguide/cli/model_finder.h"
#include "clipguide/guide/run_options.h"

namespace clipguide::cli {

/// The options to start from: those of a preset, as the first of the models would have it. A model
/// that is not on this machine yet has the general presets.
///   models  as given with -m; empty: the default model
///   throws  UsageError for an unknown preset, FormatError for a bad card beside the model
guide::RunOptions options_of_preset(const std::string& preset,
                                    const std::vector<std::string>& models,
                                    const ModelFinder& finder);

}  // namespace clipguide::cli
