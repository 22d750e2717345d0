#include "clipguide/workflow/prompt_mix.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "clipguide/objective/prompt_text.h"

namespace clipguide::workflow {
namespace {

using objective::PromptText;

// Weights are read by people too: four digits tell all that can be seen.
double rounded(double weight) { return std::round(weight * 1e4) / 1e4; }

void add(std::vector<PromptText>& mixed, const std::string& prompts, double factor) {
  if (prompts.empty()) return;
  for (PromptText prompt : objective::parse_prompts(prompts)) {
    prompt.weight *= factor;
    const auto same = std::find_if(mixed.begin(), mixed.end(), [&](const PromptText& other) {
      return other.text == prompt.text && other.stop == prompt.stop;
    });
    if (same == mixed.end())
      mixed.push_back(prompt);
    else
      same->weight += prompt.weight;
  }
}

}  // namespace

std::string mixed_prompts(const std::string& from, const std::string& to, double share) {
  if (share <= 0 || from == to) return from;
  if (share >= 1) return to;
  std::vector<PromptText> mixed;
  add(mixed, from, 1 - share);
  add(mixed, to, share);
  for (PromptText& prompt : mixed) prompt.weight = rounded(prompt.weight);
  std::erase_if(mixed, [](const PromptText& prompt) { return prompt.weight == 0; });
  return objective::format_prompts(mixed);
}

}  // namespace clipguide::workflow
