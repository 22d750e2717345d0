#include <memory>
#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/common_flags.h"
#include "clipguide/cli/outline.h"
#include "clipguide/guide/option_table.h"

namespace clipguide::cli {
namespace {

int run_completion(const CLI::App& program, const std::string& shell) {
  const VerbOutline verbs = outline(program);
  std::string script;
  if (shell == "bash")
    script = bash_completion(verbs);
  else if (shell == "zsh")
    script = zsh_completion(verbs);
  else if (shell == "fish")
    script = fish_completion(verbs);
  else
    base::throw_error<base::UsageError>("completion: expected bash, zsh or fish, got '{}'", shell);
  script.pop_back();  // print_result ends the last line
  print_result(script);
  return 0;
}

int run_man(const CLI::App& program) {
  std::string page = man_page(outline(program), CLIPGUIDE_VERSION);
  page.pop_back();
  print_result(page);
  return 0;
}

}  // namespace

void add_describe_commands(CLI::App& parent, SetAction set_action) {
  CLI::App* completion = parent.add_subcommand("completion", "script that completes the flags");
  const auto shell = std::make_shared<std::string>();
  completion->add_option("shell", *shell, "which shell")->type_name("{bash,zsh,fish}");
  completion->callback(
      [=, &parent] { set_action([=, &parent] { return run_completion(parent, *shell); }); });

  CLI::App* man = parent.add_subcommand("man", "the manual page, to pipe into man -l -");
  man->callback([=, &parent] { set_action([&parent] { return run_man(parent); }); });

  CLI::App* schema = parent.add_subcommand("schema", "JSON schema of a run's options");
  schema->callback([=] {
    set_action([] {
      print_result(guide::option_schema().dump(2));
      return 0;
    });
  });

  CLI::App* version = parent.add_subcommand("version", "the program's version");
  version->callback([=] {
    set_action([] {
      print_result(std::string("clipguide " CLIPGUIDE_VERSION));
      return 0;
    });
  });
}

}  // namespace clipguide::cli
