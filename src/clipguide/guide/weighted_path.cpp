#include "clipguide/guide/weighted_path.h"

#include <charconv>
#include <cmath>

#include "clipguide/base/error.h"

namespace clipguide::guide {

WeightedPath parse_weighted_path(const std::string& text) {
  WeightedPath result{text, 1};
  const std::size_t colon = text.rfind(':');
  if (colon != std::string::npos) {
    const char* end = text.data() + text.size();
    double weight = 0;
    const auto parsed = std::from_chars(text.data() + colon + 1, end, weight);
    if (parsed.ec == std::errc() && parsed.ptr == end) result = {text.substr(0, colon), weight};
  }
  if (result.path.empty() || !std::isfinite(result.weight))
    base::throw_error<base::UsageError>("model: expected a name or path, or path:weight, got '{}'",
                                        text);
  return result;
}

}  // namespace clipguide::guide
