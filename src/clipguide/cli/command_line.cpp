#include "clipguide/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "clipguide/base/error.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/interrupt.h"
#include "clipguide/cli/models_command.h"
#include "clipguide/guide/nearest.h"

namespace clipguide::cli {
namespace {

using base::UsageError;
using Words = std::vector<std::string>;

constexpr const char* kDefaultVerb = "generate";
constexpr const char* kExamples =
    "Without a verb, the first word is a prompt for generate:\n"
    "  clipguide \"a red apple\" -o apple.png\n"
    "  clipguide \"a lighthouse at dusk | fog:0.5\" -n \"text:0.3\" --steps 200 --seed 7\n"
    "  clipguide generate --help";

const std::function<bool(const CLI::App*)> kEvery;

void declare_verbs(CLI::App& program, const SetAction& set_action) {
  add_generate_command(program, set_action);
  add_score_command(program, set_action);
  add_embed_command(program, set_action);
  add_gradient_command(program, set_action);
  add_tokenize_command(program, set_action);
  add_eval_command(program, set_action);
  add_storyboard_command(program, set_action);
  add_explore_command(program, set_action);
  add_film_command(program, set_action);
  add_dataset_command(program, set_action);
  add_explain_command(program, set_action);
  add_inspect_command(program, set_action);
  add_rerun_command(program, set_action);
  add_resume_command(program, set_action);
  add_models_command(program, set_action, [] { return InterruptWatch::requested(); });
  add_describe_commands(program, set_action);
}

Words verb_names(const CLI::App& program) {
  Words names;
  for (const CLI::App* verb : program.get_subcommands(kEvery)) names.push_back(verb->get_name());
  return names;
}

/// `clipguide "a red apple"` means generate; `clipguide help score` means score --help.
Words with_verb(const CLI::App& program, Words arguments) {
  if (arguments.empty()) return arguments;
  const std::string first = arguments.front();
  if (first == "help") {
    arguments.erase(arguments.begin());
    arguments.push_back("--help");
    return arguments;
  }
  const Words names = verb_names(program);
  const bool known = std::find(names.begin(), names.end(), first) != names.end();
  const bool of_program = first == "-h" || first == "--help" || first == "--version";
  if (!known && !of_program) arguments.insert(arguments.begin(), kDefaultVerb);
  return arguments;
}

const CLI::App& deepest_verb(const CLI::App& app) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  return parsed.empty() ? app : deepest_verb(*parsed.back());
}

Words flag_names(const CLI::App& verb) {
  Words names;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::string did_you_mean(const std::string& word, const Words& known) {
  const std::string meant = guide::nearest(word, known);
  return meant.empty() ? "" : fmt::format("did you mean {}?", meant);
}

/// What the parser could not place: an unknown flag, or one word too many.
[[noreturn]] void refuse_rest(const CLI::App& program, const CLI::App& verb, const Words& rest) {
  for (const std::string& word : rest) {
    if (!word.starts_with("-") || word == "-") continue;
    const std::string name = word.substr(0, word.find('='));
    std::string hint = did_you_mean(name, flag_names(verb));
    if (hint.empty()) hint = fmt::format("clipguide {} --help lists the flags", verb.get_name());
    throw UsageError(fmt::format("unknown flag {}", name), hint);
  }
  if (verb.get_name() != kDefaultVerb)
    throw UsageError(fmt::format("{}: did not expect '{}'", verb.get_name(), rest.front()),
                     fmt::format("clipguide {} --help says what it takes", verb.get_name()));
  std::string hint = "put the prompt in quotes, or separate prompts by |";
  const CLI::Option* words = verb.get_option_no_throw("words");
  if (words && words->count() > 0) {
    const std::string meant = did_you_mean(words->results().front(), verb_names(program));
    if (!meant.empty()) hint = meant;
  }
  throw UsageError(fmt::format("expected one prompt, got the further word '{}'", rest.front()),
                   hint);
}

[[noreturn]] void refuse(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App& verb = deepest_verb(program);
  const Words rest = verb.remaining();
  if (!rest.empty()) refuse_rest(program, verb, rest);
  throw UsageError(error.what(), fmt::format("clipguide {}--help says more",
                                             &verb == &program ? "" : verb.get_name() + " "));
}

}  // namespace

int run_command_line(Words arguments) {
  CLI::App program("Steers a picture toward words by CLIP guidance.", "clipguide");
  program.set_version_flag("--version", "clipguide " CLIPGUIDE_VERSION);
  program.require_subcommand(0, 1);
  program.get_formatter()->column_width(36);
  program.footer(kExamples);

  Action action;
  declare_verbs(program, [&action](Action chosen) { action = std::move(chosen); });
  if (arguments.empty())
    throw UsageError("expected a prompt or a verb, got nothing", "clipguide --help says more");

  arguments = with_verb(program, std::move(arguments));
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  try {
    program.parse(std::move(arguments));
  } catch (const CLI::Success& help) {  // --help, --version
    return program.exit(help);
  } catch (const CLI::ParseError& error) {
    refuse(program, error);
  }
  return action ? action() : 0;
}

}  // namespace clipguide::cli
