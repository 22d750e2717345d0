#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "clipguide/base/error.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/interrupt.h"
#include "clipguide/cli/output_names.h"
#include "clipguide/cli/preset_flag.h"
#include "clipguide/cli/progress.h"
#include "clipguide/cli/run_context.h"
#include "clipguide/cli/run_driver.h"
#include "clipguide/guide/named_files.h"
#include "clipguide/guide/run_prompts.h"
#include "clipguide/workflow/forecast.h"
#include "clipguide/workflow/scene.h"

namespace clipguide::cli {
namespace {

using base::UsageError;
using nlohmann::json;
namespace fs = std::filesystem;

struct GenerateFlags {
  explicit GenerateFlags(CLI::App& verb) : run(verb) {
    add_text(verb, "preset", preset);
    add_text(verb, "scene", scene);
    add_flag(verb, "dry-run", dry_run);
    add_drive_flags(verb, drive);
  }

  std::string words;
  std::string preset = "default";
  std::string scene;
  bool dry_run = false;
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

void print_plan(const guide::RunOptions& options, const json& plan) {
  const std::vector<std::string> outputs = plan["outputs"].get<std::vector<std::string>>();
  print_result(fmt::format("{} picture{} of {}x{} in {} steps, seed {}: {}", outputs.size(),
                           outputs.size() == 1 ? "" : "s", options.width, options.height,
                           options.steps, options.seed, options.prompt));
  for (const std::string& region : options.regions) print_result("  " + region);
  print_result(fmt::format("into {}", fmt::join(outputs, ", ")));
  print_result(fmt::format("about {} and {:.1f} GiB of memory, by a measure of some steps",
                           format_duration(plan["expected_s"].get<double>()),
                           plan["memory_bytes"].get<double>() / (1 << 30)));
}

/// Says what the run would make and what it costs; makes nothing.
int foretell(const guide::RunOptions& options, const DriveFlags& flags) {
  const InterruptWatch interrupts;
  Terminal terminal(flags.remarks.loudness());
  const ModelFinder finder(terminal, flags.offline);
  json outputs = json::array();
  for (const fs::path& path : batch_outputs(output_of(options, flags), options.batch)) {
    check_output(path);
    outputs.push_back(path.string());
  }
  guide::check_prompts(options);
  guide::contents_of(options);  // finds a file that is missing
  const workflow::Forecast expected = workflow::forecast(
      {options}, run_context(flags.machine, terminal, finder), InterruptWatch::requested);
  const json plan = {{"dry_run", true},
                     {"prompt", options.prompt},
                     {"regions", options.regions},
                     {"seed", options.seed},
                     {"pictures", outputs.size()},
                     {"outputs", outputs},
                     {"width", options.width},
                     {"height", options.height},
                     {"steps", options.steps},
                     {"expected_s", expected.seconds},
                     {"memory_bytes", expected.memory_bytes}};
  if (flags.remarks.json)
    print_result(plan);
  else
    print_plan(options, plan);
  return 0;
}

}  // namespace

void add_generate_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb =
      parent.add_subcommand("generate", "make a picture of a prompt; the verb may be left out");
  const auto flags = std::make_shared<GenerateFlags>(*verb);
  verb->add_option("words", flags->words,
                   "the prompt, in quotes: text:weight:stop | text:weight ..")
      ->type_name("PROMPT");
  verb->callback([=] {
    set_action([=] {
      const guide::RunOptions options = options_of(*flags);
      return flags->dry_run ? foretell(options, flags->drive) : drive(options, flags->drive);
    });
  });
}

}  // namespace clipguide::cli
