#include "clipguide/workflow/picture_specs.h"

#include "clipguide/objective/prompt_text.h"

namespace clipguide::workflow {

std::vector<std::string> with_paths(
    const std::vector<std::string>& specs, std::string_view name,
    const std::function<std::string(const std::string&)>& replaced) {
  std::vector<std::string> made;
  for (const std::string& spec : specs) {
    std::vector<objective::PromptText> texts = objective::parse_prompts(spec, name);
    for (objective::PromptText& text : texts) text.text = replaced(text.text);
    made.push_back(objective::format_prompts(texts));
  }
  return made;
}

}  // namespace clipguide::workflow
