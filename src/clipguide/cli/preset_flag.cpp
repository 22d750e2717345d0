#include "clipguide/cli/preset_flag.h"

#include "clipguide/guide/model_card.h"
#include "clipguide/objective/prompt_text.h"

namespace clipguide::cli {

guide::RunOptions options_of_preset(const std::string& preset,
                                    const std::vector<std::string>& models,
                                    const ModelFinder& finder) {
  std::filesystem::path model = finder.built_in(kDefaultModel);
  if (!models.empty()) {
    const std::string name = objective::parse_prompts(models.front(), "model").at(0).text;
    model = finder.built_in(name);
    if (model.empty()) model = name;
  }
  std::error_code ignored;
  const bool is_here = !model.empty() && std::filesystem::exists(model, ignored);
  return guide::preset_options(is_here ? guide::read_model_card(model) : guide::general_card(),
                               preset);
}

}  // namespace clipguide::cli
