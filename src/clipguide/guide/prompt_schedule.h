#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "clipguide/guide/run_options.h"

/// How the prompts' weights change over a run.
namespace clipguide::guide {

/// CURVE | CURVE ..: one a prompt.   throws  UsageError, also for factors below 0
std::vector<Curve> parse_prompt_weights(std::string_view text);

/// From each of `prompts` prompts to the next in equal times: prompt k alone at k / (prompts - 1),
/// in between the two neighbours cross-fade.   throws  UsageError for fewer than 2
std::vector<Curve> morph_weights(int prompts);

/// The factors of a run: one for each of its `wanted` texts, or none where the weights do not
/// change.   throws  UsageError when they do not match
std::vector<Curve> prompt_factors(const RunOptions& options, std::size_t wanted);

}  // namespace clipguide::guide
