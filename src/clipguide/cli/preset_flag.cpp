#include "clipguide/cli/preset_flag.h"

#include "clipguide/guide/model_card.h"

namespace clipguide::cli {

guide::RunOptions options_of_preset(const std::string& preset,
                                    const std::vector<std::string>& models,
                                    const ModelFinder& finder) {
  std::filesystem::path model = finder.built_in(kDefaultModel);
  if (!models.empty()) {
    // NAME:WEIGHT; what is wrong with it, the run itself will say.
    std::string name = models.front();
    if (const std::size_t colon = name.rfind(':'); colon != std::string::npos && colon > 0)
      name = std::filesystem::exists(name) ? name : name.substr(0, colon);
    model = finder.built_in(name);
    if (model.empty()) model = name;
  }
  std::error_code ignored;
  const bool is_here = !model.empty() && std::filesystem::exists(model, ignored);
  return guide::preset_options(is_here ? guide::read_model_card(model) : guide::general_card(),
                               preset);
}

}  // namespace clipguide::cli
