#include <memory>

#include "clipguide/base/error.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/preset_flag.h"
#include "clipguide/cli/run_driver.h"

namespace clipguide::cli {
namespace {

using base::UsageError;

struct Flags {
  explicit Flags(CLI::App& verb) : run(verb) {
    add_text(verb, "preset", preset);
    add_drive_flags(verb, drive);
  }

  std::string words;
  std::string preset = "default";
  RunFlags run;
  DriveFlags drive;
};

guide::RunOptions options_of(const Flags& flags) {
  guide::RunOptions given;
  flags.run.apply(given);
  Terminal silent(Loudness::quiet);
  const ModelFinder finder(silent, /*offline=*/true);
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
  if (options.models.empty()) options.models = {kDefaultModel};
  return options;
}

}  // namespace

void add_generate_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb =
      parent.add_subcommand("generate", "make a picture of a prompt; the verb may be left out");
  const auto flags = std::make_shared<Flags>(*verb);
  verb->add_option("words", flags->words,
                   "the prompt, in quotes: text:weight:stop | text:weight ..")
      ->type_name("PROMPT");
  verb->callback([=] { set_action([=] { return drive(options_of(*flags), flags->drive); }); });
}

}  // namespace clipguide::cli
