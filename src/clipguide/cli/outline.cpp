#include "clipguide/cli/outline.h"

#include <algorithm>
#include <cctype>

namespace clipguide::cli {
namespace {

/// A value's name in capitals stands for something to fill in, in small letters for itself.
bool is_placeholder(const std::string& word) {
  return std::none_of(word.begin(), word.end(), [](unsigned char c) { return std::islower(c); });
}

Completes completion_of(const std::string& placeholder) {
  if (placeholder == "FOLDER" || placeholder == "DIR") return Completes::folders;
  for (const char* file : {"FILE", "PATH", "PICTURE", "SNAPSHOT", "MODEL"})
    if (placeholder == file) return Completes::files;
  return Completes::nothing;
}

FlagOutline flag_outline(const CLI::Option& option) {
  FlagOutline flag;
  for (const std::string& name : option.get_snames()) flag.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) flag.names.push_back("--" + name);
  if (flag.names.empty()) flag.positional = option.get_name(true);
  flag.group = option.get_group();
  flag.help = option.get_description();
  if (option.get_items_expected_max() == 0) return flag;

  flag.value_name = option.get_type_name();
  std::string inside = flag.value_name;
  if (inside.starts_with('{') && inside.ends_with('}'))
    inside = inside.substr(1, inside.size() - 2);
  for (const std::string& word : CLI::detail::split(inside, ',')) {
    if (is_placeholder(word))
      flag.completes = std::max(flag.completes, completion_of(word));
    else
      flag.choices.push_back(word);
  }
  return flag;
}

VerbOutline verb_outline(const CLI::App& app, const std::string& parent) {
  VerbOutline verb;
  verb.name = parent.empty() ? app.get_name() : parent + " " + app.get_name();
  verb.help = app.get_description();
  for (const CLI::Option* option : app.get_options())
    if (!option->get_group().empty()) verb.flags.push_back(flag_outline(*option));
  for (const CLI::App* child : app.get_subcommands(std::function<bool(const CLI::App*)>()))
    if (!child->get_group().empty()) verb.verbs.push_back(verb_outline(*child, verb.name));
  return verb;
}

}  // namespace

VerbOutline outline(const CLI::App& app) {
  VerbOutline program = verb_outline(app, "");
  // The program's own name does not belong to the names of its verbs.
  program.name.clear();
  program.verbs.clear();
  for (const CLI::App* child : app.get_subcommands(std::function<bool(const CLI::App*)>()))
    if (!child->get_group().empty()) program.verbs.push_back(verb_outline(*child, ""));
  return program;
}

}  // namespace clipguide::cli
