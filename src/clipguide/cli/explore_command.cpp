#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/output_names.h"
#include "clipguide/cli/progress.h"
#include "clipguide/cli/studio.h"
#include "clipguide/guide/named_files.h"
#include "clipguide/guide/run_prompts.h"
#include "clipguide/media/lettering.h"
#include "clipguide/objective/prompt_text.h"
#include "clipguide/workflow/explore_pictures.h"
#include "clipguide/workflow/explore_start.h"
#include "clipguide/workflow/rehearsal.h"

namespace clipguide::cli {
namespace {

using base::UsageError;
using nlohmann::json;
using workflow::ExploreCell;
using workflow::ExploreGrid;
namespace fs = std::filesystem;

/// How far a variation, and a picture between two, may go from its start where nothing is said.
constexpr double kVariationStrength = 0.5, kBetweenStrength = 0.6;

struct ExploreFlags {
  explicit ExploreFlags(CLI::App& verb) : studio(verb, {"prompt", "batch"}) {
    add_text(verb, "output", output);
    add_text(verb, "pictures", pictures);
    add_text(verb, "preset", preset);
    add_integer(verb, "seeds", seeds);
    add_list(verb, "sweep", sweeps);
    add_integer(verb, "best", best);
    add_text(verb, "vary", vary);
    add_long_list(verb, "between", between);
    add_integer(verb, "count", count);
    add_flag(verb, "dry-run", dry_run);
  }

  std::string prompt;
  std::string output, pictures, preset = "default", vary;
  std::vector<std::string> sweeps, between;
  int seeds = 0, best = 0, count = 5;
  bool dry_run = false;
  StudioFlags studio;
};

class Explore {
 public:
  explicit Explore(const ExploreFlags& flags)
      : flags_(flags), studio_(flags.studio), terminal_(studio_.terminal()) {
    check_flags();
    for (const std::string& text : flags.sweeps) sweeps_.push_back(workflow::parse_sweep(text));
    read_ends();
    options_ = base_options();
    judge_name_ = options_.judge;
    options_.judge.clear();
    choose_outputs();
    make_grid();
    if (flags.best > int(to_make()))
      throw UsageError(fmt::format("--best: expected at most the {} pictures of the grid, got {}",
                                   to_make(), flags.best));
    media::Lettering lettering(12);  // without a font there is no sheet
  }

  int run() {
    check_files();
    if (flags_.dry_run) return rehearse();
    check_judge();
    guide::PictureMaker maker(studio_.context(), CLIPGUIDE_VERSION);
    const workflow::PromptJudge judge(studio_.load_judge(judge_name_), prompts(),
                                      maker.context().device);
    fs::create_directories(folder_);
    workflow::write_starts(starts_, folder_);
    seen_ = workflow::make_pictures(
        grid_, folder_, maker, judge, [this](const auto& seen) { report(seen); },
        [this] { return studio_.interrupted(); });
    terminal_.finish_line();
    if (seen_.size() < grid_.cells.size()) {
      print(/*complete=*/false);
      terminal_.say(fmt::format("interrupted after {} of {} pictures; the same command goes on",
                                seen_.size(), grid_.cells.size()));
      return 130;
    }
    workflow::write_best(grid_, seen_, flags_.best, folder_);
    media::write_picture(sheet_,
                         workflow::draw_grid(grid_, seen_, title(), std::max(1, flags_.best)));
    base::write_file(folder_ / "explore.json",
                     result(true).dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    print(/*complete=*/true);
    return 0;
  }

 private:
  void check_flags() const {
    const auto refuse = [](const char* message, const char* hint = "") {
      throw UsageError(message, hint);
    };
    if (!flags_.vary.empty() && !flags_.between.empty())
      refuse("explore: expected --vary or --between, got both");
    if (flags_.between.empty()) {
      if (flags_.prompt.empty() && flags_.vary.empty())
        refuse("explore: expected a prompt, got none",
               "clipguide explore \"an owl\" --seeds 3 --sweep tv=0,50,200 -o owls.png");
      return;
    }
    if (flags_.between.size() != 2)
      throw UsageError(
          fmt::format("--between: expected two pictures, got {}", flags_.between.size()));
    if (!flags_.sweeps.empty()) refuse("--between: expected no --sweep beside it, got one");
    if (!flags_.prompt.empty())
      refuse("--between: expected the prompts of the two pictures, got another one");
  }

  /// The picture to vary, or the two to go between, as they were made.
  void read_ends() {
    std::vector<std::string> paths = flags_.between;
    if (!flags_.vary.empty()) paths = {flags_.vary};
    for (const std::string& path : paths) {
      ends_.push_back(workflow::read_start(path));
      if (!ends_.back().record && (flags_.prompt.empty() || paths.size() > 1))
        throw base::FormatError(
            path + ": expected the record of a clipguide run, found none",
            paths.size() > 1 ? "make both with clipguide" : "give a prompt for its variations");
    }
  }

  guide::RunOptions base_options() const {
    guide::RunOptions options = studio_.options(flags_.preset);
    const std::string judge = options.judge;
    if (!ends_.empty()) {
      const workflow::StartPicture& end = ends_.front();
      if (end.record) {
        options = end.record->options;
        if (!flags_.vary.empty()) ++options.seed;  // another picture than the one that is there
      } else {
        options.width = end.picture.width_px;
        options.height = end.picture.height_px;
      }
      options.strength = flags_.vary.empty() ? kBetweenStrength : kVariationStrength;
      options.export_scale = 1;
      studio_.apply_flags(options);
    }
    options.judge = judge;
    if (!flags_.prompt.empty()) options.prompt = flags_.prompt;
    if (options.prompt.empty())
      throw UsageError("explore: expected a prompt, got none", "the judge ranks pictures by it");
    return options;
  }

  /// A sheet and a folder of its pictures beside it, or such a folder with the sheet in it.
  void choose_outputs() {
    std::string name = slug(options_.prompt);
    if (!flags_.vary.empty()) name = fs::path(flags_.vary).stem().string() + "-varied";
    if (!flags_.between.empty()) name = fs::path(flags_.between[0]).stem().string() + "-between";
    const fs::path output =
        flags_.output.empty() ? fs::path("explore-" + name) : fs::path(flags_.output);
    if (output.has_extension() && !fs::is_directory(output)) {
      check_output(output);
      sheet_ = output;
      folder_ = output.parent_path() / (output.stem().string() + "-pictures");
    } else {
      folder_ = output;
    }
    if (!flags_.pictures.empty()) folder_ = flags_.pictures;
    if (sheet_.empty()) sheet_ = folder_ / "sheet.png";
    if (fs::exists(folder_) && !fs::is_directory(folder_))
      throw base::IoError(folder_.string() + ": expected a folder for the pictures, got a file");
    check_folder(fs::is_directory(folder_) ? folder_ / "sheet.png" : folder_);
  }

  void make_grid() {
    if (!flags_.between.empty()) {
      const workflow::Endpoint from{ends_[0].path, ends_[0].record->options};
      const workflow::Endpoint to{ends_[1].path, ends_[1].record->options};
      grid_ = workflow::between_grid(
          from, to, options_, flags_.count, std::max(1, flags_.seeds), [this](double t) {
            starts_.push_back(workflow::blended(ends_[0].picture, ends_[1].picture, t));
            return folder_ / starts_.back().name;
          });
      return;
    }
    const int seeds = flags_.seeds > 0 ? flags_.seeds : sweeps_.empty() ? 4 : 1;
    grid_ = workflow::sweep_grid(options_, sweeps_, seeds);
    if (flags_.vary.empty()) return;
    starts_.push_back(workflow::blended(ends_[0].picture, ends_[0].picture, 0));
    const fs::path start = folder_ / starts_.back().name;
    for (ExploreCell& cell : grid_.cells) {
      if (departs_by_likeness(cell.options))
        workflow::depart_by_likeness(cell.options, {{start, 1}}, ends_[0].record->options.strength);
      else
        cell.options.init = start.string();
    }
  }

  /// What a photograph shows no object of a collage would make again.
  bool departs_by_likeness(const guide::RunOptions& options) const {
    return ends_[0].record && workflow::departs_by_likeness(options);
  }

  std::size_t to_make() const {
    return std::size_t(std::count_if(grid_.cells.begin(), grid_.cells.end(),
                                     [](const ExploreCell& cell) { return cell.given.empty(); }));
  }

  std::vector<std::string> prompts() const {
    std::vector<std::string> all;
    for (const ExploreCell& cell : grid_.cells) all.push_back(cell.options.prompt);
    return all;
  }

  void check_judge() const {
    const fs::path judge = studio_.finder().find(judge_name_);
    for (const ExploreCell& cell : grid_.cells)
      for (const std::string& spec : cell.options.models) {
        std::error_code ignored;
        const std::string model = objective::parse_prompts(spec, "model").at(0).text;
        if (fs::equivalent(studio_.finder().find(model), judge, ignored))
          throw UsageError(
              fmt::format("judge: expected a model that is not optimised, got {} for both", model));
      }
  }

  /// What the options name besides the starts, which are yet to be written.
  void check_files() const {
    std::set<std::string> checked;
    for (const workflow::BlendedStart& start : starts_)
      checked.insert((folder_ / start.name).string());
    for (const ExploreCell& cell : grid_.cells) {
      if (!cell.given.empty()) continue;
      guide::check_prompts(cell.options);
      guide::check_files(cell.options, checked);
    }
  }

  void report(const std::vector<workflow::SeenPicture>& seen) {
    double elapsed_s = 0;
    int made = 0;
    for (const workflow::SeenPicture& picture : seen)
      if (picture.elapsed_s) ++made, elapsed_s += *picture.elapsed_s;
    const double left_s = made ? elapsed_s / made * double(grid_.cells.size() - seen.size()) : 0;
    const std::string line =
        fmt::format("{} of {}  similarity {:.3f}  judge {:.3f}{}", seen.size(), grid_.cells.size(),
                    seen.back().similarity, seen.back().judge_similarity,
                    left_s > 0 ? fmt::format("  {} left", format_duration(left_s)) : "");
    if (terminal_.is_terminal())
      terminal_.redraw(line);
    else
      terminal_.say(line);
  }

  std::string title() const {
    if (flags_.between.empty()) return options_.prompt;
    return fmt::format("{}  ->  {}", ends_[0].record->options.prompt,
                       ends_[1].record->options.prompt);
  }

  json result(bool complete) const {
    json pictures = json::array(), best = json::array();
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      const ExploreCell& cell = grid_.cells[i];
      if (!cell.given.empty()) continue;
      const workflow::SeenPicture& seen = seen_[i];
      json row = {{"file", cell.name},
                  {"prompt", cell.options.prompt},
                  {"seed", cell.options.seed},
                  {"similarity", seen.similarity},
                  {"judge_similarity", seen.judge_similarity}};
      for (const workflow::Sweep& sweep : sweeps_)
        row["swept"][sweep.option->name] = sweep.option->get(cell.options);
      if (complete) row["rank"] = seen.rank;
      if (seen.elapsed_s) row["elapsed_s"] = *seen.elapsed_s;
      pictures.push_back(row);
    }
    json all = {{"prompt", options_.prompt},
                {"folder", folder_.string()},
                {"judge", judge_name_},
                {"pictures", pictures},
                {"interrupted", !complete}};
    if (!complete) return all;
    all["sheet"] = sheet_.string();
    for (int rank = 1; rank <= flags_.best; ++rank) best.push_back(workflow::best_name(rank));
    all["best"] = best;
    return all;
  }

  void print(bool complete) const {
    if (studio_.json()) return print_result(result(complete));
    if (!complete) return;
    for (int rank = 1; rank <= std::max(1, flags_.best); ++rank)
      for (std::size_t i = 0; i < seen_.size(); ++i)
        if (seen_[i].rank == rank)
          print_result(fmt::format("{}  {}  similarity {:.4f}  judge {:.4f}", rank,
                                   (folder_ / grid_.cells[i].name).string(), seen_[i].similarity,
                                   seen_[i].judge_similarity));
    print_result(fmt::format("{}  {} pictures", sheet_.string(), seen_.size()));
  }

  int rehearse() {
    std::vector<guide::RunOptions> missing;
    for (const ExploreCell& cell : grid_.cells)
      if (cell.given.empty() && !guide::PictureMaker::find(cell.options, folder_ / cell.name))
        missing.push_back(cell.options);
    double expected_s = 0;
    std::int64_t memory_bytes = 0;
    if (!missing.empty()) {
      // What is swept may cost time: the first and the last tell what one costs in the middle.
      const guide::PictureMaker maker(studio_.context(), CLIPGUIDE_VERSION);
      std::vector<workflow::Rehearsal> costs;
      for (guide::RunOptions options : {missing.front(), missing.back()}) {
        if (!starts_.empty()) leave_out_starts(options);  // they are not written yet
        costs.push_back(workflow::rehearse(options, maker, InterruptWatch::requested));
        memory_bytes = costs.back().memory_bytes;
      }
      for (const guide::RunOptions& options : missing)
        expected_s += (costs[0].picture_s(options.steps) + costs[1].picture_s(options.steps)) / 2;
    }
    print_plan(to_make() - missing.size(), expected_s, memory_bytes);
    return 0;
  }

  void leave_out_starts(guide::RunOptions& options) const {
    options.image_prompts = options_.image_prompts;
    if (!departs_by_likeness(options)) options.init = "grey";
    options.strength = 1;
  }

  void print_plan(std::size_t there, double expected_s, std::int64_t memory_bytes) const {
    json names = json::array();
    for (const ExploreCell& cell : grid_.cells)
      if (cell.given.empty()) names.push_back(cell.name);
    const json plan = {{"dry_run", true},          {"pictures", to_make()},
                       {"there", there},           {"folder", folder_.string()},
                       {"sheet", sheet_.string()}, {"files", names},
                       {"expected_s", expected_s}, {"memory_bytes", memory_bytes}};
    if (studio_.json()) return print_result(plan);
    print_result(fmt::format("{} pictures of {}x{}: {}", to_make(), options_.width, options_.height,
                             options_.prompt));
    for (const workflow::Sweep& sweep : sweeps_)
      print_result(fmt::format("  {}: {}", sweep.option->name, fmt::join(sweep.values, ", ")));
    print_result(
        fmt::format("{} lie in {}, {} are to be made", there, folder_.string(), to_make() - there));
    print_result(fmt::format("about {} and {:.1f} GiB of memory, by a measure of some steps",
                             format_duration(expected_s), double(memory_bytes) / (1 << 30)));
    print_result(fmt::format("then {}", sheet_.string()));
  }

  const ExploreFlags& flags_;
  Studio studio_;
  Terminal& terminal_;
  std::vector<workflow::Sweep> sweeps_;
  std::vector<workflow::StartPicture> ends_;
  std::vector<workflow::BlendedStart> starts_;
  guide::RunOptions options_;
  std::string judge_name_;
  fs::path folder_, sheet_;
  ExploreGrid grid_;
  std::vector<workflow::SeenPicture> seen_;
};

}  // namespace

void add_explore_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb = parent.add_subcommand(
      "explore", "many pictures side by side: seeds, swept options, variations, ways between two");
  const auto flags = std::make_shared<ExploreFlags>(*verb);
  verb->add_option("words", flags->prompt, "the prompt, in quotes")->type_name("PROMPT");
  verb->callback([=] { set_action([=] { return Explore(*flags).run(); }); });
}

}  // namespace clipguide::cli
