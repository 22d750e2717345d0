#include "clipguide/guide/model_card.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/clip/model_files.h"
#include "clipguide/clip/tokenizer.h"
#include "clipguide/guide/named_files.h"
#include "clipguide/guide/nearest.h"
#include "clipguide/guide/option_table.h"
#include "clipguide/objective/prompt_text.h"
#include "clipguide/weights/checksum.h"

namespace clipguide::guide {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestCard = std::size_t(1) << 20;

/// `pure` is the textbook's loop, the same for every model: pixels, looked at whole.
json pure_preset() {
  return {{"canvas", "pixel"},
          {"views", "plain"},
          {"view", json::array()},
          {"cuts", 1},
          {"coarse_to_fine", 0.0},
          {"tv", 0.0},
          {"range", 0.0},
          {"saturation", 0.0},
          {"repetition", 0.0},
          {"avoid", "none"},
          {"contrast", 0.0},
          {"negative_prompt", ""},
          {"lr", 0.0},
          {"lr_schedule", "constant"},
          {"optimizer", "adam"},
          {"margin", 0},
          {"init", "grey"}};
}

/// Run options from a card: the same check as everywhere, with the file's name in front.
void apply(const json& changes, RunOptions& options, const std::string& source) {
  try {
    json all = to_json(options);
    all.update(changes);
    options = from_json(all);
  } catch (const base::UsageError& error) {
    throw base::UsageError(source + ": " + error.what(), error.hint());
  }
}

std::filesystem::path folder_of(const std::filesystem::path& model) {
  std::error_code ignored;
  return std::filesystem::is_directory(model, ignored) ? model : model.parent_path();
}

std::filesystem::path beside(const std::filesystem::path& model, const char* name) {
  std::error_code ignored;
  const std::filesystem::path path = folder_of(model) / name;
  return std::filesystem::exists(path, ignored) ? path : std::filesystem::path();
}

}  // namespace

const std::vector<std::string>& preset_names() {
  static const std::vector<std::string> names = {"fast", "default", "fine", "paint", "pure"};
  return names;
}

ModelCard general_card() {
  ModelCard card;
  card.presets = {{"fast", {{"steps", 50}, {"cuts", 8}}},
                  {"default", {{"avoid", "letters"}}},
                  {"fine", {{"steps", 300}, {"cuts", 64}}},
                  {"paint", json::object()},  // a card whose default draws with a generator differs
                  {"pure", pure_preset()}};
  card.avoid = {{"letters", "text:0.1 | letters:0.1 | watermark:0.1"}};
  return card;
}

ModelCard read_model_card(const std::filesystem::path& model) {
  std::error_code ignored;
  const std::filesystem::path path = folder_of(model) / "guidance.json";
  ModelCard card = general_card();
  if (!std::filesystem::exists(path, ignored)) return card;
  try {
    const json file = json::parse(base::read_file(path, kLargestCard));
    for (const auto& [key, value] : file.items()) {
      if (key == "closed_vocabulary") {
        card.closed_vocabulary = value.get<bool>();
      } else if (key == "avoid") {
        for (const auto& [name, prompts] : value.get<std::map<std::string, std::string>>()) {
          objective::parse_prompts(prompts, path.string() + ": avoid");
          card.avoid[name] = prompts;
        }
      } else if (key == "presets") {
        for (const auto& [name, changes] : value.items()) {
          RunOptions checked;
          apply(changes, checked, path.string() + ": " + name);
          card.presets[name] = changes;
        }
      } else {
        base::throw_error<base::FormatError>(
            "{}: expected closed_vocabulary, avoid and presets, got '{}'", path.string(), key);
      }
    }
  } catch (const json::exception& error) {
    base::throw_error<base::FormatError>("{}: expected a guidance card in JSON, got {}",
                                         path.string(), error.what());
  }
  return card;
}

std::string avoided_prompts(const ModelCard& card, const RunOptions& options) {
  if (options.avoid == "none") return "";
  const auto found = card.avoid.find(options.avoid);
  if (found == card.avoid.end())
    base::throw_error<base::UsageError>("avoid: expected a list that the model's card has, got {}",
                                        options.avoid);
  return found->second;
}

std::filesystem::path rivals_beside(const std::filesystem::path& model) {
  return beside(model, "rivals.txt");
}

std::filesystem::path forms_beside(const std::filesystem::path& model) {
  return beside(model, "forms.safetensors");
}

std::string model_digest(const std::filesystem::path& model) {
  const clip::ModelFiles files = clip::find_model_files(model);
  std::vector<std::filesystem::path> all = files.weights;
  all.insert(all.end(), {files.config, files.preprocessor, clip::Tokenizer::find_beside(model),
                         rivals_beside(model), forms_beside(model)});
  std::string digests;
  for (const std::filesystem::path& file : all)
    digests += (file.empty() ? "none" : file_digest(file.string())) + "\n";
  return weights::sha256_of(digests);
}

RunOptions preset_options(const ModelCard& card, const std::string& preset) {
  const auto wanted = card.presets.find(preset);
  if (wanted == card.presets.end()) {
    std::vector<std::string> names;
    for (const auto& [name, changes] : card.presets) names.push_back(name);
    const std::string meant = nearest(preset, names);
    throw base::UsageError(
        fmt::format("preset: expected {}, got '{}'", fmt::join(names, ", "), preset),
        meant.empty() ? "" : fmt::format("did you mean '{}'?", meant));
  }
  RunOptions options;
  apply(card.presets.at("default"), options, "default");
  if (preset != "default") apply(wanted->second, options, preset);
  return options;
}

}  // namespace clipguide::guide
