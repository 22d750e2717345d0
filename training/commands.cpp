#include "training/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/guide/nearest.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/media/picture.h"
#include "training/ascend.h"
#include "training/evaluate.h"
#include "training/model_folder.h"
#include "training/sheet.h"
#include "training/trainer.h"
#include "training/world/world.h"

namespace clipguide::training {
void run_render(const RenderCommand& command) {
  const world::World world(command.seed);
  std::vector<SheetCell> cells;
  for (int i = 0; i < command.count; ++i) {
    world::Sample sample =
        world.sample(command.first + std::uint64_t(i), command.side_px,
                     command.held_out ? world::Split::held_out : world::Split::train);
    cells.push_back({sample.side_px, std::move(sample.rgb), std::move(sample.caption)});
  }
  media::write_picture(command.out,
                       sheet_of(cells, command.columns, world::Font(world::CataloguePaths{}.sans)));
}

namespace {

/// Synonyms that mean something else in most sentences: "a robot can dance", "a sweet cat".
bool is_common_otherwise(const std::string& word) {
  constexpr std::array<std::string_view, 14> kWords = {
      "balance", "bang",    "bowling", "camping", "can",   "dash",    "die",
      "palm",    "plaster", "present", "splash",  "sweet", "trainer", "world"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

}  // namespace

void run_names(const std::filesystem::path& out) {
  const world::World world(1);
  std::string lines;
  for (const world::Thing& thing : world.things()) {
    lines += phrase_of(thing);
    for (const std::string& synonym : thing.synonyms)
      if (!is_common_otherwise(synonym)) lines += "; " + synonym;
    lines += "\n";
  }
  base::write_file(out, std::string_view(lines));
}

void run_export_renders(const ExportRendersCommand& command) {
  const world::World world(command.seed);
  std::vector<std::string> names;
  for (const world::Thing& thing : world.things()) names.push_back(thing.name);
  std::vector<int> chosen;  // all known before the first is written
  for (const std::string& name : command.things) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      const std::string meant = guide::nearest(name, names);
      throw base::UsageError(
          fmt::format("things: expected names of the world, got '{}'", name),
          meant.empty() ? "clipguide-train render shows some" : "did you mean " + meant + "?");
    }
    chosen.push_back(int(found - names.begin()));
  }
  for (int thing : chosen) {
    const std::filesystem::path folder = command.out / names[std::size_t(thing)];
    std::filesystem::create_directories(folder);
    for (int i = 0; i < command.count; ++i) {
      const std::uint64_t index = command.first + std::uint64_t(i);
      world::Sample sample =
          world.single(thing, index, command.side_px,
                       command.held_out ? world::Split::held_out : world::Split::train);
      media::write_picture(folder / fmt::format("{:06}.png", index),
                           {sample.side_px, sample.side_px, std::move(sample.rgb)});
    }
  }
}

void run_evaluate(const EvaluateCommand& command) {
  Model model = load_model(command.model, device_named(command.device));
  const clip::Tokenizer tokenizer(command.model);
  const world::World world(command.seed);
  EvaluateOptions options;
  options.pictures_per_thing = command.pictures_per_thing;
  options.attack = {command.radius, command.attack_steps};
  const Evaluation e = evaluate(model, tokenizer, world, options);
  if (command.json) {
    const nlohmann::json json = {{"things", e.things},
                                 {"pictures", e.pictures},
                                 {"things_1", e.things_1},
                                 {"things_5", e.things_5},
                                 {"robust_things_1", e.robust_things_1},
                                 {"robust_radius", command.radius},
                                 {"backdrops_1", e.backdrops_1},
                                 {"captions_1", e.captions_1}};
    fmt::print("{}\n", json.dump(2));
    return;
  }
  fmt::print("things, 1 of {}        {:.1f}% (among five {:.1f}%)\n", e.things, 100 * e.things_1,
             100 * e.things_5);
  fmt::print("  under attack, r {:.1f}    {:.1f}%\n", command.radius, 100 * e.robust_things_1);
  fmt::print("backdrops              {:.1f}%\n", 100 * e.backdrops_1);
  fmt::print("captions, 1 of {}     {:.1f}%\n", options.batch, 100 * e.captions_1);
  for (const std::string& line : e.worst) fmt::print("never named: {}\n", line);
}

void run_ascend(const AscendCommand& command) {
  Model model = load_model(command.model, device_named(command.device));
  const clip::Tokenizer tokenizer(command.model);
  AscendOptions options;
  options.steps = command.steps;
  options.views = command.views;
  options.step_length = command.step_length;
  options.smoothness = command.smoothness;
  const at::Tensor pictures = ascend(model, tokenizer, command.prompts, options);
  std::vector<SheetCell> cells;
  for (std::size_t i = 0; i < command.prompts.size(); ++i) {
    const at::Tensor picture = pictures[std::int64_t(i)];
    const SheetCell cell = {int(picture.size(1)), imaging::to_rgb_bytes(picture),
                            command.prompts[i]};
    cells.push_back(enlarged(cell, command.enlarge));
  }
  media::write_picture(command.out,
                       sheet_of(cells, command.columns, world::Font(world::CataloguePaths{}.sans)));
}

}  // namespace clipguide::training
