#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "clipguide/guide/run_options.h"

/// What a model folder says about how its model is best climbed: `guidance.json` beside the
/// weights. Models without one are climbed with general presets.
namespace clipguide::guide {

/// {"closed_vocabulary": true, "avoid": {"letters": "text:0.2"}, "presets": {"fast": {"steps": 50},
/// ..}}
struct ModelCard {
  /// The text tower knows only the words that its vocabulary holds whole.
  bool closed_vocabulary = false;
  std::map<std::string, nlohmann::json> presets;  ///< name -> run options that differ
  /// What `avoid` stands for -> prompts in the form of a negative prompt, in words that the model
  /// knows. A list that a card was published with must not change: records name it.
  std::map<std::string, std::string> avoid;
};

/// fast, default, fine, paint, pure
const std::vector<std::string>& preset_names();

/// The card of models that come without one.
ModelCard general_card();

/// The card in a model's folder, or beside its weight file; the general one where there is none.
///   throws  FormatError naming the file for what is not a card, UsageError for an unknown option
ModelCard read_model_card(const std::filesystem::path& model);

/// The prompts that options.avoid stands for; empty for "none".
///   throws  UsageError when the card has no such list
std::string avoided_prompts(const ModelCard& card, const RunOptions& options);

/// The list of texts that pictures of this model are easily taken for: `rivals.txt` beside it (one
/// a line); empty where there is none.
std::filesystem::path rivals_beside(const std::filesystem::path& model);

/// The generator of forms that was made for this model: `forms.safetensors` beside it; empty where
/// there is none.
std::filesystem::path forms_beside(const std::filesystem::path& model);

/// sha256 of what a run takes from a model's folder: weights, configuration, vocabulary, and the
/// lists and generators beside them. The same for a folder of another name.
///   throws  as clip::find_model_files;   cost: reads them
std::string model_digest(const std::filesystem::path& model);

/// The options of a preset: the program's own, changed by the card's "default" and then by the
/// named preset.
///   throws  UsageError for an unknown preset
RunOptions preset_options(const ModelCard& card, const std::string& preset);

}  // namespace clipguide::guide
