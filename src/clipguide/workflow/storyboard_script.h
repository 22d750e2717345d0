#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "clipguide/guide/run_options.h"
#include "clipguide/workflow/spec_file.h"

/// The script of a storyboard, read and checked.
namespace clipguide::workflow {

struct Panel {
  std::string name;     ///< letters, digits, '-' and '_'; its picture is panels/NAME.png
  std::string caption;  ///< empty: none
  int from = -1;        ///< index of the panel, above it, whose picture it starts from; -1: none
  guide::RunOptions options;  ///< all of its run but the path of that picture
};

struct Storyboard {
  std::string title;
  std::string language = "en";  ///< of the captions
  std::filesystem::path font;   ///< empty: media::default_font
  int columns = 0;              ///< of the contact sheet; 0: as they fit
  std::vector<Panel> panels;
};

/// Where a script's options begin, and what has the last word.
struct ScriptOptions {
  /// The options of a preset as the first of the models would have it; models: of the script, empty
  /// where it names none.
  std::function<guide::RunOptions(const std::string& preset,
                                  const std::vector<std::string>& models)>
      preset;
  /// Changes the options of every panel after the script's; may be empty.
  std::function<void(guide::RunOptions&)> last_word;
};

/// A panel's prompt as it is sent: each of its wanted texts in the words of camera and style. Words
/// with "{}" take the text in there, others follow it after a comma; empty ones change nothing.
///   throws  UsageError as objective::parse_prompts
std::string dressed_prompt(const std::string& prompt, const std::string& camera,
                           const std::string& style);

/// Keys of the script: title, language, font, columns, style, negative, camera, seeds, preset,
/// [options] (run options), [[panel]]: name, prompt, camera, caption, negative, from, and run
/// options.
///   throws  UsageError "file: line N: .."
Storyboard read_storyboard(const SpecTable& script, const ScriptOptions& start);

}  // namespace clipguide::workflow
