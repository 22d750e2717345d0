#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace clipguide::objective {

/// One prompt as the user writes it: `text`, `text:weight` or `text:weight:stop`. The text is
/// words, or for a picture to be resembled its path.
struct PromptText {
  std::string text;
  double weight = 1;                                       ///< negative: away from it
  double stop = -std::numeric_limits<double>::infinity();  ///< a loss below this no longer pulls

  bool operator==(const PromptText&) const = default;
};

/// Parses `text:weight:stop | text:weight | ...`.
///
/// Read from the right: what follows the last colons is weight and stop only if it is a number as a
/// whole, so `a:b` is a text. Double quotes protect : and | ("ratio 16:9"); around a whole text
/// they are taken off, elsewhere they belong to it. \" and \\ stand for the character, any other
/// backslash for itself.
///   what    what the messages call it: prompt, negative prompt, image prompt
///   throws  UsageError with the column (from 1, in characters) for an empty text, quotes left
///           open, a weight that is not finite as a float, no weight but 0, ill-formed UTF-8, NUL
std::vector<PromptText> parse_prompts(std::string_view prompts, std::string_view what = "prompt");

/// The form parse_prompts reads, quoted where needed, numbers without loss.
std::string format_prompts(const std::vector<PromptText>& prompts);

}  // namespace clipguide::objective
