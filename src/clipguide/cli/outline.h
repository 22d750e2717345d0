#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

/// The command line as data, read off the parser itself: completion and the man page are made from
/// it, so that they cannot know other flags than the program does.
namespace clipguide::cli {

enum class Completes { nothing, files, folders };

struct FlagOutline {
  std::vector<std::string> names;  ///< "-p", "--prompt"; empty for a positional
  std::string positional;          ///< its name
  std::string group;
  std::string help;
  std::string value_name;  ///< "TEXT", "{cosine,spherical}"; empty when it takes no value
  std::vector<std::string> choices;
  Completes completes = Completes::nothing;
};

struct VerbOutline {
  std::string name;  ///< "models pull"; empty for the program itself
  std::string help;
  std::vector<FlagOutline> flags;
  std::vector<VerbOutline> verbs;
};

VerbOutline outline(const CLI::App& app);

/// Scripts to load into a shell.
std::string bash_completion(const VerbOutline& program);
std::string zsh_completion(const VerbOutline& program);
std::string fish_completion(const VerbOutline& program);

/// Manual page, section 1, in roff's man macros.
std::string man_page(const VerbOutline& program, const std::string& version);

}  // namespace clipguide::cli
