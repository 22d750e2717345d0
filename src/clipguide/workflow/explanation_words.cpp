#include "clipguide/workflow/explanation_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clipguide::workflow {
namespace {

constexpr double kHardly = 0.02;  // a gain that says nothing

Rise rise_of(const std::vector<double>& values) {
  return values.empty() ? Rise{} : Rise{values.front(), values.back()};
}

/// What the judge made of both.   guided, pure  what each won with it over a plain start
std::string verdict(double guided, double pure) {
  if (guided < kHardly && pure < kHardly)
    return "In neither run did the judge see much of what was asked for. Both ways up were mostly "
           "meaningless to it: another seed, more steps or a clearer prompt may do better.";
  if (guided < kHardly)
    return "Here it went the other way than it mostly does: the judge was convinced by the pure "
           "run "
           "and not by the guided one. Another seed may well turn it round.";
  if (pure < kHardly)
    return "So both runs satisfied the model that was asked, and only the guided one convinced the "
           "model that was not. The pure run found colours and grain that mean something to one "
           "network and nothing to another, or to you.";
  const int percent = int(std::lround(100 * pure / guided));
  if (percent < 60)
    return fmt::format(
        "So both runs satisfied the model that was asked, but the pure one won only {}% of the "
        "guided one's gain with the model that was not. The rest of its similarity is a trick that "
        "works on one network alone.",
        percent);
  if (percent <= 90)
    return fmt::format(
        "The judge was convinced by both, by the pure run a little less ({}% of the guided one's "
        "gain): this model's gradient already points to shapes, not only to tricks.",
        percent);
  return fmt::format(
      "Here the judge was convinced by the pure run as much as by the guided one ({}% of its "
      "gain). "
      "That is not the rule: the gradient of a model trained against tricks points to shapes by "
      "itself. Look at the two pictures and decide for yourself.",
      percent);
}

}  // namespace

Rise optimised_rise(const SimilarityCurve& curve) { return rise_of(curve.similarity); }

std::optional<Rise> judge_rise(const SimilarityCurve& curve) {
  if (curve.judge.empty()) return std::nullopt;
  return rise_of(curve.judge);
}

std::string told(const Rise& rise) {
  const std::string from = fmt::format("{:.3f}", rise.from), to = fmt::format("{:.3f}", rise.to);
  if (from == to) return "stayed at " + from;
  return fmt::format("{} from {} to {}", rise.gain() > 0 ? "rose" : "fell", from, to);
}

std::string lesson_of(const RunTrace& guided, const RunTrace& pure) {
  std::string words =
      fmt::format("The similarity that was optimised {} in the guided run and {} in the pure one.",
                  told(optimised_rise(guided.curve)), told(optimised_rise(pure.curve)));
  const std::optional<Rise> by_guided = judge_rise(guided.curve), by_pure = judge_rise(pure.curve);
  if (!by_guided || !by_pure) return words + " No judge looked on.";
  words += fmt::format(" The judge's {} in the former and {} in the latter. ", told(*by_guided),
                       told(*by_pure));
  // Both against the plainer start: a guided run may begin with the best of many layouts.
  const double plain = std::min(by_guided->from, by_pure->from);
  return words + verdict(by_guided->to - plain, by_pure->to - plain);
}

std::string spectrum_lesson_of(const RunTrace& guided, const RunTrace& pure) {
  const double a = guided.moments.back().spectral_slope, b = pure.moments.back().spectral_slope;
  std::string words = fmt::format(
      "The guided picture ends with a slope of {:.1f}, the pure one with {:.1f}; photographs have "
      "about -2.",
      a, b);
  constexpr double kAlike = 0.2;
  if (std::abs(a - b) < kAlike) return words + " In this respect the two are alike.";
  return words + (b > a ? " The pure picture has the flatter line: more of it is fine grain."
                        : " The guided picture has the flatter line: more of it is fine grain.");
}

std::string views_told(const Moment& moment) {
  const std::string of =
      moment.view_count == 1 ? "One view was" : fmt::format("{} views were", moment.view_count);
  std::string words = fmt::format("{} looked at, similarity {:.3f}{}", of, moment.view_similarity,
                                  moment.view_count == 1 ? "." : " on average.");
  if (moment.view_count > int(moment.views.size()))
    words += fmt::format(" The first {} are shown.", moment.views.size());
  if (moment.views.size() > 1) {
    const auto [least, most] = std::minmax_element(
        moment.views.begin(), moment.views.end(),
        [](const TracedView& a, const TracedView& b) { return a.similarity < b.similarity; });
    words += fmt::format(" The coolest of these has {:.3f}, the warmest {:.3f}.", least->similarity,
                         most->similarity);
  }
  return words;
}

std::string after_steps(int steps) {
  if (steps == 0) return "before the first step";
  return fmt::format("after {} step{}", steps, steps == 1 ? "" : "s");
}

}  // namespace clipguide::workflow
