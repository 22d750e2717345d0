#include "clipguide/workflow/prompt_judge.h"

#include <algorithm>

#include "clipguide/objective/prompt_text.h"

namespace clipguide::workflow {
namespace {

std::vector<std::string> texts_of(const std::vector<std::string>& prompts) {
  std::vector<std::string> texts;
  for (const std::string& prompt : prompts)
    for (const objective::PromptText& part : objective::parse_prompts(prompt))
      if (std::find(texts.begin(), texts.end(), part.text) == texts.end())
        texts.push_back(part.text);
  return texts;
}

}  // namespace

PromptJudge::PromptJudge(std::shared_ptr<const clip::ClipModel> clip,
                         const std::vector<std::string>& prompts, torch::Device device)
    : texts_(texts_of(prompts)), judge_(std::move(clip), texts_, device) {}

double PromptJudge::similarity(const media::Picture& picture, const std::string& prompt) const {
  const std::vector<double> cosine = judge_.look(picture);
  double sum = 0, weights = 0;
  for (const objective::PromptText& part : objective::parse_prompts(prompt)) {
    const auto found = std::find(texts_.begin(), texts_.end(), part.text);
    if (found == texts_.end() || part.weight <= 0) continue;
    sum += part.weight * cosine[std::size_t(found - texts_.begin())];
    weights += part.weight;
  }
  return weights > 0 ? sum / weights : 0;
}

}  // namespace clipguide::workflow
