#pragma once

#include <CLI/CLI.hpp>
#include <functional>

/// The verbs. Each declares its flags on the parser and hands over what is to be done; it runs
/// after the whole line was understood and returns the exit code.
namespace clipguide::cli {

using Action = std::function<int()>;
using SetAction = std::function<void(Action)>;

void add_generate_command(CLI::App& parent, SetAction set_action);
void add_rerun_command(CLI::App& parent, SetAction set_action);
void add_resume_command(CLI::App& parent, SetAction set_action);
void add_score_command(CLI::App& parent, SetAction set_action);
void add_embed_command(CLI::App& parent, SetAction set_action);
void add_tokenize_command(CLI::App& parent, SetAction set_action);
void add_gradient_command(CLI::App& parent, SetAction set_action);
void add_eval_command(CLI::App& parent, SetAction set_action);
void add_storyboard_command(CLI::App& parent, SetAction set_action);
void add_explore_command(CLI::App& parent, SetAction set_action);
void add_film_command(CLI::App& parent, SetAction set_action);
void add_dataset_command(CLI::App& parent, SetAction set_action);
void add_explain_command(CLI::App& parent, SetAction set_action);
void add_inspect_command(CLI::App& parent, SetAction set_action);
/// completion, man, schema, version: what the program says of itself.
void add_describe_commands(CLI::App& parent, SetAction set_action);

}  // namespace clipguide::cli
