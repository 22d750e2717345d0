#include "clipguide/guide/prompt_schedule.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "clipguide/base/error.h"

namespace clipguide::guide {

std::vector<Curve> parse_factors(std::string_view option, std::string_view text) {
  std::vector<Curve> curves;
  for (bool more = true; more;) {
    const std::size_t bar = text.find('|');
    curves.push_back(Curve::parse(text.substr(0, bar), option));
    const double worst = curves.back().worst(0, std::numeric_limits<double>::max());
    if (!std::isfinite(worst) || worst < 0)
      base::throw_error<base::UsageError>(
          "{}: expected finite factors, 0 or more, got {} from '{}'", option, worst,
          text.substr(0, bar));
    more = bar != std::string_view::npos;
    if (more) text.remove_prefix(bar + 1);
  }
  return curves;
}

std::vector<Curve> factors_of(const FactorItems& items, const std::string& text) {
  if (text.empty()) return {};
  std::vector<Curve> factors = parse_factors(items.option, text);
  if (items.count > 1 && factors.size() == 1) factors.resize(items.count, factors.front());
  if (items.count == 0)
    base::throw_error<base::UsageError>("{}: expected {}s to weigh, got none", items.option,
                                        items.name);
  if (factors.size() != items.count)
    base::throw_error<base::UsageError>("{}: expected {} of them, one for each {}{}, got {}",
                                        items.option, items.count, items.name,
                                        items.count > 1 ? ", or one for all" : "", factors.size());
  return factors;
}

std::vector<Curve> morph_weights(int prompts) {
  if (prompts < 2)
    base::throw_error<base::UsageError>("morph: expected at least two prompts, got {}", prompts);
  std::vector<Curve> curves;
  const double last = prompts - 1;
  for (int k = 0; k < prompts; ++k)
    curves.push_back(Curve::parse(fmt::format("max(0, 1 - abs({}*t - {}))", last, k), "morph"));
  return curves;
}

std::vector<Curve> prompt_factors(const RunOptions& options, std::size_t wanted) {
  if (options.morph && !options.prompt_weights.empty())
    throw base::UsageError("morph: expected it or prompt-weights, got both");
  if (options.morph) return morph_weights(int(wanted));
  return factors_of({"prompt-weights", "prompt", wanted}, options.prompt_weights);
}

}  // namespace clipguide::guide
