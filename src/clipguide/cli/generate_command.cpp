#include <fmt/format.h>

#include <memory>
#include <optional>

#include "clipguide/base/error.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/preset_flag.h"
#include "clipguide/cli/run_driver.h"
#include "clipguide/workflow/scene.h"

namespace clipguide::cli {
namespace {

using base::UsageError;

struct GenerateFlags {
  explicit GenerateFlags(CLI::App& verb) : run(verb) {
    add_text(verb, "preset", preset);
    add_text(verb, "scene", scene);
    add_drive_flags(verb, drive);
  }

  std::string words;
  std::string preset = "default";
  std::string scene;
  RunFlags run;
  DriveFlags drive;
};

/// The preset, then the scene, then what was given on the command line.
guide::RunOptions options_of_scene(const GenerateFlags& flags, const guide::RunOptions& given,
                                   const ModelFinder& finder) {
  for (const char* name : {"prompt", "region"})
    if (flags.run.given(name) || !flags.words.empty())
      throw UsageError(fmt::format("--scene: expected its prompts alone, got {} beside it",
                                   flags.words.empty() ? fmt::format("--{}", name) : "a prompt"));
  const workflow::SpecTable scene = workflow::SpecTable::read(flags.scene);
  const std::optional<workflow::SpecTable> own = scene.table("options");
  guide::RunOptions options = options_of_preset(
      flags.preset, given.models.empty() && own ? own->texts("model") : given.models, finder);
  workflow::apply_scene(scene, options);
  flags.run.apply(options);
  if (!flags.run.given("seed") && !(own && own->has("seed"))) options.seed = random_seed();
  return options;
}

guide::RunOptions options_of_prompt(const GenerateFlags& flags, const guide::RunOptions& given,
                                    const ModelFinder& finder) {
  guide::RunOptions options = options_of_preset(flags.preset, given.models, finder);
  flags.run.apply(options);
  if (!flags.words.empty()) {
    if (flags.run.given("prompt"))
      throw UsageError("expected the prompt as a word or with --prompt, got both");
    options.prompt = flags.words;
  }
  if (options.prompt.empty() && options.image_prompts.empty())
    throw UsageError("expected a prompt, got none", "clipguide \"a red apple\" -o apple.png");
  if (!flags.run.given("seed")) options.seed = random_seed();
  return options;
}

guide::RunOptions options_of(const GenerateFlags& flags) {
  guide::RunOptions given;
  flags.run.apply(given);
  Terminal silent(Loudness::quiet);
  const ModelFinder finder(silent, /*offline=*/true);
  guide::RunOptions options = flags.scene.empty() ? options_of_prompt(flags, given, finder)
                                                  : options_of_scene(flags, given, finder);
  if (options.models.empty()) options.models = {kDefaultModel};
  return options;
}

}  // namespace

void add_generate_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb =
      parent.add_subcommand("generate", "make a picture of a prompt; the verb may be left out");
  const auto flags = std::make_shared<GenerateFlags>(*verb);
  verb->add_option("words", flags->words,
                   "the prompt, in quotes: text:weight:stop | text:weight ..")
      ->type_name("PROMPT");
  verb->callback([=] { set_action([=] { return drive(options_of(*flags), flags->drive); }); });
}

}  // namespace clipguide::cli
