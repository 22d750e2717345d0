#pragma once

#include <string>

namespace clipguide::guide {

/// `name-or-path:weight`, parsed from the right: a trailing `:number` is the weight, 1 without one.
struct WeightedPath {
  std::string path;
  double weight = 1;
};

/// throws  UsageError for an empty path or a weight that is not finite
WeightedPath parse_weighted_path(const std::string& text);

}  // namespace clipguide::guide
