#include "clipguide/workflow/storyboard_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "clipguide/base/error.h"
#include "clipguide/base/random.h"
#include "clipguide/guide/model_card.h"
#include "clipguide/guide/nearest.h"
#include "clipguide/objective/prompt_text.h"

namespace clipguide::workflow {
namespace {

using guide::RunOptions;

constexpr std::int64_t kMostColumns = 16;
constexpr std::size_t kMostPanels = 1000, kLongestName = 60;

const std::vector<std::string> kScriptKeys = {"title",  "language", "font",   "columns",
                                              "style",  "negative", "camera", "seeds",
                                              "preset", "options",  "panel"};
const std::vector<std::string> kPanelKeys = {"name",    "prompt",   "camera",
                                             "caption", "negative", "from"};
// Run options that the script has its own words for, or that a panel cannot have.
const std::vector<std::string> kNotOptions = {"prompt", "batch"};

std::string dressed(const std::string& text, const std::string& words) {
  if (words.empty()) return text;
  const std::size_t slot = words.find("{}");
  if (slot == std::string::npos) return text + ", " + words;
  return words.substr(0, slot) + text + words.substr(slot + 2);
}

std::string joined_negatives(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!all.empty()) all += " | ";
    all += part;
  }
  return all;
}

// Whether a key is there, written with '-' or '_'.
bool has_option(const SpecTable& table, std::string name) {
  if (table.has(name)) return true;
  std::replace(name.begin(), name.end(), '-', '_');
  return table.has(name);
}

void refuse_options(const SpecTable& table, bool is_panel) {
  for (const std::string& name : kNotOptions) {
    if ((name == "prompt" && is_panel) || !table.has(name)) continue;
    table.refuse(name, name == "batch" ? "one picture a panel" : "prompts in [[panel]] only",
                 name == "batch" ? "a batch" : "one in [options]");
  }
}

/// The script on its way to panels.
class Reader {
 public:
  Reader(const SpecTable& script, const ScriptOptions& start) : script_(script), start_(start) {}

  Storyboard read() {
    script_.expect_only(kScriptKeys);
    read_head();
    const std::vector<SpecTable> panels = script_.tables("panel");
    if (panels.empty()) script_.refuse("panel", "at least one [[panel]]", "none");
    if (panels.size() > kMostPanels)
      script_.refuse("panel", fmt::format("at most {} panels", kMostPanels),
                     fmt::format("{}", panels.size()));
    for (const SpecTable& panel : panels) add(panel);
    return std::move(board_);
  }

 private:
  void read_head() {
    board_.title = script_.text("title", "Storyboard");
    board_.language = script_.text("language", "en");
    if (const std::string font = script_.text("font", ""); !font.empty()) {
      board_.font = script_.path_from_here(font);
      if (!std::filesystem::is_regular_file(board_.font))
        script_.refuse("font", "a font file", fmt::format("'{}', which is not there", font));
    }
    board_.columns = int(script_.integer("columns", 0, kMostColumns, 0));
    style_ = script_.text("style", "");
    camera_ = script_.text("camera", "");
    negative_ = script_.text("negative", "");
    check_prompts(script_, "negative", negative_);
    seeds_ = script_.choice("seeds", {"fixed", "per-panel", "increment"}, "fixed");

    // What all panels share: the preset, then the script's options, then the caller's.
    const std::string preset = script_.choice("preset", guide::preset_names(), "default");
    const std::optional<SpecTable> options = script_.table("options");
    std::vector<std::string> models;
    if (options) {
      options->expect_only({}, /*and_run_options=*/true);
      refuse_options(*options, /*is_panel=*/false);
      models = options->texts("model");
    }
    shared_ = start_.preset(preset, models);
    if (options) options->apply_run_options(shared_);
    if (start_.last_word) start_.last_word(shared_);
  }

  void add(const SpecTable& table) {
    table.expect_only(kPanelKeys, /*and_run_options=*/true);
    refuse_options(table, /*is_panel=*/true);
    Panel panel;
    panel.name = name_of(table);
    const std::string prompt = table.text("prompt");
    check_prompts(table, "prompt", prompt);
    panel.caption = table.text("caption", prompt);
    panel.options = options_of(table, prompt);
    panel.from = start_of(table);
    if (panel.from >= 0 && has_option(table, "init"))
      table.refuse("from", "either from or init", "both");
    if (panel.from < 0 && has_option(table, "ground"))
      table.refuse("ground", "a panel that goes on from another", "one without from");
    board_.panels.push_back(std::move(panel));
  }

  RunOptions options_of(const SpecTable& table, const std::string& prompt) const {
    RunOptions options = shared_;
    std::vector<std::string> own = kPanelKeys;
    own.push_back("seed");
    table.apply_run_options(options, own);
    if (start_.last_word) start_.last_word(options);
    options.batch = 1;
    options.prompt = dressed_prompt(prompt, table.text("camera", camera_), style_);
    const std::string negative = table.text("negative", "");
    check_prompts(table, "negative", negative);
    options.negative_prompt = joined_negatives({options.negative_prompt, negative_, negative});
    options.seed = seed_of(table, options.prompt);
    return options;
  }

  std::uint64_t seed_of(const SpecTable& table, const std::string& prompt) const {
    if (table.has("seed"))
      return std::uint64_t(table.integer("seed", 0, std::numeric_limits<std::int64_t>::max()));
    if (seeds_ == "increment") return shared_.seed + board_.panels.size();
    // By its prompt and not by its place or name: panels around it may come and go.
    if (seeds_ == "per-panel")
      return base::RandomStream(shared_.seed, "panel").named(prompt).bits();
    return shared_.seed;
  }

  std::string name_of(const SpecTable& table) const {
    const std::string name =
        table.text("name", fmt::format("panel-{:02}", board_.panels.size() + 1));
    const auto plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_';
    };
    if (name.empty() || name.size() > kLongestName || name == "previous" ||
        !std::all_of(name.begin(), name.end(), plain) || name.front() == '-')
      table.refuse(
          "name",
          fmt::format("up to {} letters, digits, - and _, but not 'previous'", kLongestName),
          fmt::format("'{}'", name));
    if (index_of(name) >= 0)
      table.refuse("name", "a name of its own", fmt::format("'{}' again", name));
    return name;
  }

  // Names make file names, and some file systems do not tell A from a.
  int index_of(const std::string& name) const {
    const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
    for (std::size_t i = 0; i < board_.panels.size(); ++i)
      if (std::equal(name.begin(), name.end(), board_.panels[i].name.begin(),
                     board_.panels[i].name.end(), same))
        return int(i);
    return -1;
  }

  int start_of(const SpecTable& table) const {
    const std::string from = table.text("from", "");
    if (!table.has("from")) return -1;
    if (from == "previous") {
      if (board_.panels.empty())
        table.refuse("from", "a panel above", "the first panel's previous");
      return int(board_.panels.size()) - 1;
    }
    const int index = index_of(from);
    if (index < 0) {
      std::vector<std::string> names = {"previous"};
      for (const Panel& panel : board_.panels) names.push_back(panel.name);
      const std::string meant = guide::nearest(from, names);
      table.refuse("from", "'previous' or the name of a panel above",
                   fmt::format("'{}'{}", from,
                               meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant)));
    }
    return index;
  }

  static void check_prompts(const SpecTable& table, const std::string& key,
                            const std::string& text) {
    if (text.empty() && key == "negative") return;
    try {
      objective::parse_prompts(text, key);
    } catch (const base::UsageError& error) {
      throw base::UsageError(
          fmt::format("{}: line {}: {}", table.source(), table.line_of(key), error.what()));
    }
  }

  const SpecTable& script_;
  const ScriptOptions& start_;
  std::string style_, camera_, negative_, seeds_;
  RunOptions shared_;
  Storyboard board_;
};

}  // namespace

std::string dressed_prompt(const std::string& prompt, const std::string& camera,
                           const std::string& style) {
  std::vector<objective::PromptText> texts = objective::parse_prompts(prompt);
  for (objective::PromptText& one : texts)
    if (one.weight > 0) one.text = dressed(dressed(one.text, camera), style);
  return objective::format_prompts(texts);
}

Storyboard read_storyboard(const SpecTable& script, const ScriptOptions& start) {
  return Reader(script, start).read();
}

}  // namespace clipguide::workflow
