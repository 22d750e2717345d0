#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "clipguide/guide/run_options.h"

/// How the prompts' weights change over a run.
namespace clipguide::guide {

/// CURVE | CURVE ..   option  whose value it is
///   throws  UsageError, also for factors below 0
std::vector<Curve> parse_factors(std::string_view option, std::string_view text);

/// How many of what an option's factors are for.
struct FactorItems {
  std::string_view option;  ///< "image-weights"
  std::string_view name;    ///< of one item: "image prompt"
  std::size_t count = 0;
};

/// A factor for each item, of which one alone counts for all; none for an empty text.
///   throws  UsageError when they do not match
std::vector<Curve> factors_of(const FactorItems& items, const std::string& text);

/// A factor as terms and prompts take it.
inline std::function<double(double progress)> as_factor(Curve curve) {
  return [curve = std::move(curve)](double t) { return std::max(0.0, curve.at(t)); };
}

/// From each of `prompts` prompts to the next in equal times: prompt k alone at k / (prompts - 1),
/// in between the two neighbours cross-fade.   throws  UsageError for fewer than 2
std::vector<Curve> morph_weights(int prompts);

/// The factors of a run: one for each of its `wanted` texts, or none where the weights do not
/// change.   throws  UsageError when they do not match
std::vector<Curve> prompt_factors(const RunOptions& options, std::size_t wanted);

}  // namespace clipguide::guide
