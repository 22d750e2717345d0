#include "training/run_config.h"

#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"

namespace clipguide::training {
namespace {

using nlohmann::json;

template <class T>
std::function<void(const json&)> into(T& target) {
  return [&target](const json& value) { target = value.get<T>(); };
}

void require(bool holds, const std::string& source, std::string_view what) {
  if (!holds) base::throw_error<base::FormatError>("{}: expected {}", source, what);
}

}  // namespace

RunConfig read_run_config(const std::string& text, const std::string& source) {
  RunConfig config;
  const std::map<std::string, std::function<void(const json&)>> keys = {
      {"model", [&](const json& value) { config.model_json = value.dump(); }},
      {"seed", into(config.seed)},
      {"batch", into(config.batch)},
      {"steps", into(config.steps)},
      {"learning_rate", into(config.learning_rate)},
      {"last_learning_rate", into(config.last_learning_rate)},
      {"warm_up_steps", into(config.warm_up_steps)},
      {"weight_decay", into(config.weight_decay)},
      {"gradient_clip", into(config.gradient_clip)},
      {"average_decay", into(config.average_decay)},
      {"radius", into(config.radius)},
      {"first_radius", into(config.first_radius)},
      {"radius_warm_up_steps", into(config.radius_warm_up_steps)},
      {"attack_steps", into(config.attack_steps)},
      {"clean_share", into(config.clean_share)},
      {"catalogue", into(config.catalogue)},
      {"names_weight", into(config.names_weight)},
      {"names_every", into(config.names_every)},
      {"single_share", into(config.single_share)},
      {"written_share", into(config.written_share)},
      {"soft_share", into(config.soft_share)},
      {"elsewhere", into(config.elsewhere)},
      {"forms", into(config.forms)},
      {"frozen_stages", into(config.frozen_stages)},
      {"aim_attention", into(config.aim_attention)},
      {"merges", into(config.merges)},
      {"loader_threads", into(config.loader_threads)},
      {"log_every", into(config.log_every)},
      {"save_every", into(config.save_every)},
      {"bf16", into(config.bf16)},
      {"channels_last", into(config.channels_last)}};
  try {
    const json file = json::parse(text);
    for (const auto& [key, value] : file.items()) {
      const auto entry = keys.find(key);
      require(entry != keys.end(), source, "a key of a training run, got '" + key + "'");
      entry->second(value);
    }
  } catch (const json::exception& error) {
    base::throw_error<base::FormatError>("{}: expected a training run in JSON, got {}", source,
                                         error.what());
  }
  require(!config.model_json.empty(), source, "the key 'model'");
  require(config.batch >= 2 && config.steps >= 1, source,
          "batch of 2 or more and steps of 1 or more");
  require(config.log_every >= 1 && config.save_every >= 1, source,
          "log_every and save_every of 1 or more");
  require(config.catalogue >= 0, source, "a catalogue of 0 or more names");
  require(config.names_weight >= 0, source, "a names_weight of 0 or more");
  require(config.names_every >= 1, source, "a names_every of 1 or more");
  require(config.single_share >= 0 && config.single_share <= 1, source,
          "a single_share from 0 to 1");
  require(config.written_share >= 0 && config.written_share <= 1, source,
          "a written_share from 0 to 1");
  require(config.elsewhere >= 0, source, "no less than 0 texts elsewhere");
  require(config.soft_share >= 0 && config.soft_share <= 1, source, "a soft_share from 0 to 1");
  require(config.frozen_stages >= 0 && config.frozen_stages <= 4, source,
          "frozen_stages from 0 to 4");
  require(config.loader_threads >= 1, source, "loader_threads of 1 or more");
  require(config.attack_steps >= 1 && config.radius >= 0, source,
          "attack_steps of 1 or more and a radius of 0 or more");
  config.model = clip::parse_config(config.model_json, source);
  require(config.frozen_stages == 0 ||
              config.model.vision.kind == clip::ImageTowerKind::modified_resnet,
          source, "frozen_stages only for a ModifiedResNet");
  require(
      !config.aim_attention || config.model.vision.kind == clip::ImageTowerKind::modified_resnet,
      source, "aim_attention only for a ModifiedResNet");
  return config;
}

std::string open_clip_config_json(const RunConfig& config, std::int64_t vocabulary) {
  json model = json::parse(config.model_json);
  model["text_cfg"]["vocab_size"] = vocabulary;
  const auto& p = config.model.preprocess;
  const json file = {{"model_cfg", model},
                     {"preprocess_cfg",
                      {{"mean", p.mean},
                       {"std", p.std},
                       {"interpolation", "bicubic"},
                       {"resize_mode", "shortest"}}}};
  return file.dump(2) + "\n";
}

}  // namespace clipguide::training
