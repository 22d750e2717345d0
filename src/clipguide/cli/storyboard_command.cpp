#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "clipguide/base/terminal_text.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/progress.h"
#include "clipguide/cli/studio.h"
#include "clipguide/guide/picture_maker.h"
#include "clipguide/workflow/forecast.h"
#include "clipguide/workflow/storyboard.h"

namespace clipguide::cli {
namespace {

using base::UsageError;
using nlohmann::json;
using nlohmann::ordered_json;
namespace fs = std::filesystem;

// What the script says of each panel.
const std::vector<std::string> kOfPanels = {"prompt", "negative-prompt", "batch", "init"};

struct StoryboardFlags {
  explicit StoryboardFlags(CLI::App& verb) : studio(verb, kOfPanels) {
    add_text(verb, "output", output)
        ->description("folder to write; by default the script's name without its extension")
        ->type_name("FOLDER");
    add_flag(verb, "dry-run", dry_run);
  }

  std::string script;
  std::string output;
  bool dry_run = false;
  StudioFlags studio;
};

class StoryboardVerb {
 public:
  explicit StoryboardVerb(const StoryboardFlags& flags) : flags_(flags), studio_(flags.studio) {
    if (flags.script.empty())
      throw UsageError("storyboard: expected a script, got none",
                       "clipguide storyboard examples/storyboard/ghost.toml");
    workflow::ScriptOptions start;
    start.preset = [this](const std::string& preset, const std::vector<std::string>& models) {
      guide::RunOptions options = studio_.options(preset, models);
      options.judge.clear();  // only one that was asked for: the pictures do not depend on it
      return options;
    };
    start.last_word = [this](guide::RunOptions& options) { studio_.apply_flags(options); };
    board_ = workflow::read_storyboard(workflow::SpecTable::read(flags.script), start);
    folder_ = flags.output.empty() ? fs::path(flags.script).stem() : fs::path(flags.output);
  }

  int run() {
    plan_ = workflow::plan_storyboard(board_, folder_);
    for (const workflow::PanelPlan& panel : plan_) missing_ += !panel.lies_there;
    return flags_.dry_run ? print_plan() : make();
  }

 private:
  int print_plan() {
    std::vector<guide::RunOptions> runs;
    for (std::size_t i = 0; i < plan_.size(); ++i)
      if (!plan_[i].lies_there) runs.push_back(board_.panels[i].options);
    workflow::Forecast expected;
    if (!runs.empty()) {
      guide::PictureMaker maker(studio_.context(), CLIPGUIDE_VERSION);
      expected = workflow::forecast(runs, maker.context(), InterruptWatch::requested);
    }
    if (studio_.json()) {
      ordered_json panels = ordered_json::array();
      for (std::size_t i = 0; i < plan_.size(); ++i)
        panels.push_back({{"name", board_.panels[i].name},
                          {"file", plan_[i].file},
                          {"prompt", board_.panels[i].options.prompt},
                          {"negative_prompt", board_.panels[i].options.negative_prompt},
                          {"seed", board_.panels[i].options.seed},
                          {"make", !plan_[i].lies_there}});
      print_result(json{{"folder", folder_.string()},
                        {"pictures", plan_.size()},
                        {"to_make", missing_},
                        {"expected_s", expected.seconds},
                        {"expected_memory_bytes", expected.memory_bytes},
                        {"panels", panels}});
      return 0;
    }
    for (std::size_t i = 0; i < plan_.size(); ++i)
      print_result(fmt::format("{}  {}  seed {}  {}", plan_[i].lies_there ? "keep" : "make",
                               plan_[i].file, board_.panels[i].options.seed,
                               base::terminal_text(board_.panels[i].options.prompt)));
    print_result(fmt::format("{} of {} pictures to make, into {}", missing_, plan_.size(),
                             base::terminal_text(folder_.string())));
    if (missing_ > 0)
      print_result(fmt::format("about {} and {} MB of memory, by a few steps taken to measure",
                               format_duration(expected.seconds),
                               (expected.memory_bytes + (1 << 20) - 1) >> 20));
    return 0;
  }

  int make() {
    guide::PictureMaker maker(studio_.context(), CLIPGUIDE_VERSION);
    workflow::StoryboardEvents events;
    events.on_step = [this](std::size_t panel, const guide::StepEvent& event) {
      if (studio_.terminal().is_terminal())
        studio_.terminal().redraw(fmt::format("{} of {}  {}  step {} of {}", made_ + 1, missing_,
                                              board_.panels[panel].name, event.step, event.steps));
      return verdict();
    };
    events.on_panel = [this](std::size_t panel, const workflow::FinishedPanel& finished) {
      made_ += finished.elapsed_s.has_value();
      if (finished.elapsed_s)
        studio_.terminal().say(fmt::format("{} of {}  {}  {}", made_, missing_, finished.file,
                                           format_duration(*finished.elapsed_s)));
      return verdict();
    };
    const workflow::FinishedStoryboard finished =
        workflow::make_storyboard(board_, folder_, maker, CLIPGUIDE_VERSION, events);
    studio_.terminal().finish_line();
    print(finished);
    if (finished.complete) return 0;
    studio_.terminal().say("interrupted; the same command goes on where it was");
    return 130;
  }

  guide::Verdict verdict() const {
    return studio_.interrupted() ? guide::Verdict::stop : guide::Verdict::go_on;
  }

  void print(const workflow::FinishedStoryboard& finished) {
    for (const std::string& file : finished.unused)
      studio_.terminal().say(
          fmt::format("no longer in the script, left alone: {}", (folder_ / file).string()));
    if (studio_.json()) {
      json result = workflow::manifest_of(board_, finished, CLIPGUIDE_VERSION);
      for (std::size_t i = 0; i < finished.panels.size(); ++i)
        if (finished.panels[i].elapsed_s)
          result["panels"][i]["elapsed_s"] = *finished.panels[i].elapsed_s;
      result["folder"] = folder_.string();
      result["made"] = made_;
      result["complete"] = finished.complete;
      print_result(result);
      return;
    }
    for (const workflow::FinishedPanel& panel : finished.panels)
      print_result(fmt::format("{}  seed {}  similarity {:.4f}  {}",
                               (folder_ / panel.file).string(), panel.record.options.seed,
                               panel.record.similarity.value_or(0),
                               panel.elapsed_s ? "made" : "kept"));
    if (finished.complete)
      print_result(fmt::format("{}  with sheet.png, sheet.pdf and manifest.json",
                               (folder_ / "index.html").string()));
  }

  const StoryboardFlags& flags_;
  Studio studio_;
  workflow::Storyboard board_;
  fs::path folder_;
  std::vector<workflow::PanelPlan> plan_;
  int missing_ = 0, made_ = 0;
};

}  // namespace

void add_storyboard_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb = parent.add_subcommand(
      "storyboard", "panels of a script, with a captioned sheet (PNG, PDF), a page and a manifest");
  const auto flags = std::make_shared<StoryboardFlags>(*verb);
  verb->add_option("script", flags->script, "a TOML file, see docs/storyboard.md")
      ->type_name("SCRIPT");
  verb->callback([=] { set_action([=] { return StoryboardVerb(*flags).run(); }); });
}

}  // namespace clipguide::cli
