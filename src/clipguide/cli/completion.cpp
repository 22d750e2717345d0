#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>

#include "clipguide/cli/outline.h"

namespace clipguide::cli {
namespace {

using Words = std::vector<std::string>;

std::string join(const Words& words) { return fmt::format("{}", fmt::join(words, " ")); }

/// In single quotes for a shell.
std::string in_quotes(const std::string& text) {
  std::string made = "'";
  for (const char c : text) made += c == '\'' ? "'\\''" : std::string(1, c);
  return made + "'";
}

/// All verbs below the program, "models" before "models pull".
std::vector<const VerbOutline*> all_verbs(const VerbOutline& program) {
  std::vector<const VerbOutline*> found;
  const std::function<void(const VerbOutline&)> visit = [&](const VerbOutline& parent) {
    for (const VerbOutline& verb : parent.verbs) {
      found.push_back(&verb);
      visit(verb);
    }
  };
  visit(program);
  return found;
}

Words flag_names(const VerbOutline& verb) {
  Words names;
  for (const FlagOutline& flag : verb.flags)
    names.insert(names.end(), flag.names.begin(), flag.names.end());
  return names;
}

Words child_names(const VerbOutline& verb) {
  Words names;
  for (const VerbOutline& child : verb.verbs)
    names.push_back(child.name.substr(child.name.rfind(' ') + 1));
  return names;
}

bool takes_files(const VerbOutline& verb) {
  for (const FlagOutline& flag : verb.flags)
    if (flag.names.empty() && flag.completes != Completes::nothing) return true;
  return false;
}

/// What may stand in a verb's place without a flag: its own verbs and positionals' choices.
Words plain_words(const VerbOutline& verb) {
  Words words = child_names(verb);
  for (const FlagOutline& flag : verb.flags)
    if (flag.names.empty()) words.insert(words.end(), flag.choices.begin(), flag.choices.end());
  return words;
}

std::string compgen(Completes completes, const Words& words) {
  const char* names = completes == Completes::files     ? "-f "
                      : completes == Completes::folders ? "-d "
                                                        : "";
  return fmt::format("mapfile -t COMPREPLY < <(compgen {}-W {} -- \"$word\")", names,
                     in_quotes(join(words)));
}

std::string zsh_action(Completes completes, const Words& words) {
  if (completes == Completes::folders) return "_files -/";
  if (completes == Completes::files)
    return words.empty() ? "_files" : fmt::format("{{compadd {}; _files}}", join(words));
  return words.empty() ? " " : fmt::format("({})", join(words));
}

/// What _arguments would take for its own syntax.
std::string zsh_text(const std::string& text) {
  std::string made;
  for (const char c : text) {
    if (c == '\\' || c == '[' || c == ']' || c == ':') made += '\\';
    made += c;
  }
  return made;
}

void zsh_verb(const VerbOutline& verb, std::string& script) {
  script += fmt::format("    {})\n      _arguments -S", in_quotes(verb.name));
  for (const FlagOutline& flag : verb.flags) {
    for (const std::string& name : flag.names) {
      std::string spec = fmt::format("*{}[{}]", name, zsh_text(flag.help));
      if (!flag.value_name.empty())
        spec += fmt::format(":{}:{}", zsh_text(flag.value_name),
                            zsh_action(flag.completes, flag.choices));
      script += fmt::format(" \\\n        {}", in_quotes(spec));
    }
  }
  const Completes rest = takes_files(verb) ? Completes::files : Completes::nothing;
  script += fmt::format(" \\\n        {} ;;\n",
                        in_quotes(fmt::format("*::word:{}", zsh_action(rest, plain_words(verb)))));
}

void fish_flag(const FlagOutline& flag, const std::string& condition, std::string& script) {
  script += fmt::format("complete -c clipguide -n {}", in_quotes(condition));
  for (const std::string& name : flag.names)
    script += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2))
                                     : fmt::format(" -s {}", name.substr(1));
  if (!flag.value_name.empty()) script += flag.completes == Completes::nothing ? " -x" : " -r -F";
  if (!flag.choices.empty()) script += " -a " + in_quotes(join(flag.choices));
  script += fmt::format(" -d {}\n", in_quotes(flag.help));
}

/// Holds when this verb is being typed; generate is the one that needs not be named.
std::string fish_condition(const VerbOutline& program, const VerbOutline& verb) {
  if (verb.name == "generate") {
    Words others;
    for (const std::string& name : child_names(program))
      if (name != "generate") others.push_back(name);
    return "not __fish_seen_subcommand_from " + join(others);
  }
  std::string condition;
  for (const std::string& word : CLI::detail::split(verb.name, ' '))
    condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
  return condition;
}

}  // namespace

std::string bash_completion(const VerbOutline& program) {
  Words first = child_names(program);
  const Words own = flag_names(program);
  first.insert(first.end(), own.begin(), own.end());

  std::string names, values, words;
  for (const VerbOutline* verb : all_verbs(program)) {
    names += fmt::format("{}{}", names.empty() ? "" : "|", in_quotes(verb->name));
    Words offered = plain_words(*verb);
    const Words flags = flag_names(*verb);
    offered.insert(offered.end(), flags.begin(), flags.end());
    const Completes rest = takes_files(*verb) ? Completes::files : Completes::nothing;
    words += fmt::format("    {}) {} ;;\n", in_quotes(verb->name), compgen(rest, offered));
    for (const FlagOutline& flag : verb->flags)
      for (const std::string& name : flag.names)
        if (!flag.value_name.empty())
          values += fmt::format("    {}) {}; return ;;\n", in_quotes(verb->name + " " + name),
                                compgen(flag.completes, flag.choices));
  }
  return fmt::format(
      R"(# bash completion for clipguide. Load it with: source <(clipguide completion bash)
_clipguide() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} verb=generate
  COMPREPLY=()
  case "${{COMP_WORDS[1]}}" in
    {0}) verb=${{COMP_WORDS[1]}} ;;
  esac
  if [[ $COMP_CWORD -gt 2 ]]; then
    case "$verb ${{COMP_WORDS[2]}}" in
      {0}) verb+=" ${{COMP_WORDS[2]}}" ;;
    esac
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    {1}
    return
  fi
  case "$verb $previous" in
{2}  esac
  case "$verb" in
{3}  esac
}}
complete -o filenames -F _clipguide clipguide
)",
      names, compgen(Completes::nothing, first), values, words);
}

std::string zsh_completion(const VerbOutline& program) {
  std::string names, descriptions, cases;
  for (const VerbOutline* verb : all_verbs(program)) {
    names += fmt::format("{}{}", names.empty() ? "" : "|", in_quotes(verb->name));
    zsh_verb(*verb, cases);
  }
  for (const VerbOutline& verb : program.verbs)
    descriptions += fmt::format("    {}\n", in_quotes(verb.name + ":" + zsh_text(verb.help)));
  return fmt::format(R"(#compdef clipguide
# zsh completion for clipguide. Save it as _clipguide in a folder of $fpath.
_clipguide() {{
  local verb=generate
  local -a verbs=(
{1}  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  case $words[2] in
    ({0}) verb=$words[2]; shift words; (( CURRENT-- )) ;;
  esac
  if (( CURRENT > 2 )); then
    case "$verb $words[2]" in
      ({0}) verb+=" $words[2]"; shift words; (( CURRENT-- )) ;;
    esac
  fi
  case $verb in
{2}  esac
}}
_clipguide "$@"
)",
                     names, descriptions, cases);
}

std::string fish_completion(const VerbOutline& program) {
  std::string script =
      "# fish completion for clipguide. Save it in ~/.config/fish/completions/clipguide.fish\n"
      "complete -c clipguide -f\n";
  for (const VerbOutline& verb : program.verbs)
    script += fmt::format("complete -c clipguide -n __fish_use_subcommand -a {} -d {}\n", verb.name,
                          in_quotes(verb.help));
  for (const FlagOutline& flag : program.flags) fish_flag(flag, "__fish_use_subcommand", script);
  for (const VerbOutline* verb : all_verbs(program)) {
    const std::string condition = fish_condition(program, *verb);
    for (const VerbOutline& child : verb->verbs)
      script += fmt::format("complete -c clipguide -n {} -a {} -d {}\n", in_quotes(condition),
                            child.name.substr(child.name.rfind(' ') + 1), in_quotes(child.help));
    for (const FlagOutline& flag : verb->flags)
      if (!flag.names.empty()) fish_flag(flag, condition, script);
    if (takes_files(*verb))
      script += fmt::format("complete -c clipguide -n {} -F\n", in_quotes(condition));
  }
  return script;
}

}  // namespace clipguide::cli
