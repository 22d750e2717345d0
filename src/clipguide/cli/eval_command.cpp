#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/common_flags.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/output_names.h"
#include "clipguide/cli/progress.h"
#include "clipguide/cli/studio.h"
#include "clipguide/guide/evaluation.h"
#include "clipguide/guide/named_files.h"
#include "clipguide/guide/picture_maker.h"
#include "clipguide/guide/prompt_list.h"
#include "clipguide/media/contact_sheet.h"
#include "clipguide/workflow/forecast.h"
#include "clipguide/workflow/spec_file.h"

namespace clipguide::cli {
namespace {

using base::UsageError;
using nlohmann::json;
namespace fs = std::filesystem;

struct EvalFlags {
  explicit EvalFlags(CLI::App& verb) : studio(verb, {"prompt", "batch"}) {
    add_list(verb, "preset", presets);
    add_text(verb, "variants", variants);
    add_integer(verb, "seeds", seeds);
    add_integer(verb, "limit", limit);
    add_text(verb, "pictures", pictures);
    add_text(verb, "sheet", sheet);
    add_flag(verb, "dry-run", dry_run);
  }

  std::string list;
  std::vector<std::string> presets;
  int seeds = 1, limit = 0;
  std::string variants, pictures, sheet;
  bool dry_run = false;
  StudioFlags studio;
};

json to_json(const guide::EvaluatedPicture& picture) {
  json row = {{"prompt", picture.prompt},
              {"seed", picture.seed},
              {"similarity", picture.similarity},
              {"judge_similarity", picture.judge_similarity},
              {"rank", picture.rank},
              {"judged_as", picture.judged_as},
              {"spectral_slope", picture.spectral_slope},
              {"repetition", picture.repetition}};
  if (!picture.file.empty()) row["file"] = picture.file;
  if (picture.elapsed_s) row["elapsed_s"] = *picture.elapsed_s;
  return row;
}

double ratio_of(const guide::Evaluation& e) {
  return e.similarity > 0 ? e.judge_similarity / e.similarity : 0;
}

/// Variants name folders.
constexpr const char* kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

/// Options under a name: a preset, or a table of a file of variants.
struct Variant {
  std::string name;
  guide::RunOptions options;
};

/// The figures of one variant; the pictures only where asked for.
json to_json(const std::string& preset, const guide::Evaluation& e, bool with_pictures) {
  json figures = {{"preset", preset},
                  {"r_precision_1", e.r_precision_1},
                  {"r_precision_5", e.r_precision_5},
                  {"similarity", e.similarity},
                  {"judge_similarity", e.judge_similarity},
                  {"ratio", ratio_of(e)},
                  {"spectral_slope", e.spectral_slope},
                  {"repetition", e.repetition},
                  {"seconds_per_picture", nullptr},
                  {"complete", e.complete},
                  {"count", e.pictures.size()}};
  if (e.seconds_per_picture) figures["seconds_per_picture"] = *e.seconds_per_picture;
  if (!with_pictures) return figures;
  figures["pictures"] = json::array();
  for (const guide::EvaluatedPicture& picture : e.pictures)
    figures["pictures"].push_back(to_json(picture));
  return figures;
}

class Eval {
 public:
  explicit Eval(const EvalFlags& flags)
      : flags_(flags), studio_(flags.studio), terminal_(studio_.terminal()) {
    if (flags.list.empty())
      throw UsageError("eval: expected a file with a prompt a line, got none",
                       "clipguide eval prompts/things.txt");
    prompts_ = guide::read_prompt_list(flags.list);
    if (!flags.sheet.empty()) check_output(flags.sheet);
  }

  int run() {
    read_variants();  // all are known before the first one runs
    if (flags_.dry_run) return plan();
    json all = json::array();
    bool complete = true;
    for (const Variant& variant : variants_) {
      const guide::Evaluation result = evaluate(variant);
      if (!studio_.json()) print(variant.name, result, &variant == &variants_.front());
      all.push_back(to_json(variant.name, result, /*with_pictures=*/true));
      complete = result.complete;
      if (!complete) break;
    }
    if (!sheet_.empty()) write_sheet();
    if (studio_.json()) {
      json whole = all.front();
      whole.erase("pictures");
      whole["list"] = flags_.list;
      whole["prompts"] = prompts_.size();
      whole["runs"] = all;
      print_result(whole);
    }
    if (complete) return 0;
    terminal_.say(flags_.pictures.empty()
                      ? "interrupted; with --pictures FOLDER it would go on where it was"
                      : "interrupted; the same command goes on where it was");
    return 130;
  }

 private:
  void read_variants() {
    for (const std::string& preset : flags_.presets)
      variants_.push_back({preset, studio_.options(preset)});
    if (!flags_.variants.empty()) {
      const workflow::SpecTable file = workflow::SpecTable::read(flags_.variants);
      for (const std::string& name : file.keys()) {
        const std::optional<workflow::SpecTable> table = file.table(name);
        if (name.find_first_not_of(kNameCharacters) != std::string::npos)
          file.refuse(name, "a name of letters, digits, - and _", name);
        table->expect_only({"preset"}, /*and_run_options=*/true);
        guide::RunOptions options = studio_.options(table->text("preset", "default"));
        table->apply_run_options(options, {"preset"});
        studio_.apply_flags(options);
        variants_.push_back({name, options});
      }
      if (file.keys().empty())
        base::throw_error<UsageError>("{}: expected a table for each variant, got none",
                                      flags_.variants);
    }
    if (variants_.empty()) variants_.push_back({"default", studio_.options("default")});
    name_width_ = std::string_view("variant").size();
    for (const Variant& variant : variants_)
      name_width_ = std::max(name_width_, variant.name.size());
  }

  guide::EvaluationPlan plan_of(const Variant& variant) const {
    guide::EvaluationPlan plan;
    plan.prompts = prompts_;
    plan.limit = flags_.limit;
    plan.seeds = flags_.seeds;
    plan.options = variant.options;
    plan.version = CLIPGUIDE_VERSION;
    if (!flags_.pictures.empty()) {
      plan.folder = flags_.pictures;
      if (variants_.size() > 1) plan.folder /= variant.name;
    }
    return plan;
  }

  /// What would be made, and what it costs.
  int plan() {
    const guide::PictureMaker maker(studio_.context(), CLIPGUIDE_VERSION);
    json rows = json::array();
    workflow::Forecast all;
    std::size_t count = 0, there = 0;
    for (const Variant& variant : variants_) {
      const guide::EvaluationPlan plan = plan_of(variant);
      guide::check_judge(plan.options, maker.context());
      guide::contents_of(plan.options);  // finds a file that is missing
      const std::vector<guide::PlannedPicture> pictures = guide::planned_pictures(plan);
      std::vector<guide::RunOptions> missing;
      for (const guide::PlannedPicture& one : pictures)
        if (one.file.empty() || !guide::PictureMaker::find(one.options, plan.folder / one.file))
          missing.push_back(one.options);
      const workflow::Forecast expected =
          workflow::forecast(missing, maker.context(), InterruptWatch::requested);
      all.seconds += expected.seconds;
      all.memory_bytes = std::max(all.memory_bytes, expected.memory_bytes);
      count += pictures.size();
      there += pictures.size() - missing.size();
      rows.push_back({{"preset", variant.name},
                      {"pictures", pictures.size()},
                      {"there", pictures.size() - missing.size()},
                      {"width", variant.options.width},
                      {"height", variant.options.height},
                      {"steps", variant.options.steps},
                      {"expected_s", expected.seconds}});
    }
    print_plan({{"dry_run", true},
                {"list", flags_.list},
                {"prompts", prompts_.size()},
                {"pictures", count},
                {"there", there},
                {"runs", rows},
                {"expected_s", all.seconds},
                {"memory_bytes", all.memory_bytes}});
    return 0;
  }

  void print_plan(const json& plan) const {
    if (studio_.json()) return print_result(plan);
    for (const json& run : plan["runs"])
      print_result(
          fmt::format("{:<{}}  {} pictures of {}x{} in {} steps, {} of them there: {}",
                      run["preset"].get<std::string>(), name_width_, run["pictures"].get<int>(),
                      run["width"].get<int>(), run["height"].get<int>(), run["steps"].get<int>(),
                      run["there"].get<int>(), format_duration(run["expected_s"].get<double>())));
    print_result(fmt::format("{} of {} pictures are to be made",
                             plan["pictures"].get<int>() - plan["there"].get<int>(),
                             plan["pictures"].get<int>()));
    print_result(fmt::format("about {} and {:.1f} GiB of memory, by a measure of some steps",
                             format_duration(plan["expected_s"].get<double>()),
                             plan["memory_bytes"].get<double>() / (1 << 30)));
  }

  guide::Evaluation evaluate(const Variant& variant) {
    guide::EvaluationPlan plan = plan_of(variant);
    plan.judge = studio_.load_judge(variant.options.judge);
    int right = 0;
    return guide::evaluate(
        plan, studio_.context(),
        [&](int done, int count, const guide::EvaluatedPicture& picture) {
          right += picture.rank == 1;
          const std::string line =
              fmt::format("{} of {}  {}  judge: {} right  {}", done, count, variant.name, right,
                          picture.rank == 1 ? picture.prompt
                                            : picture.prompt + " taken for " + picture.judged_as);
          if (terminal_.is_terminal())
            terminal_.redraw(line);
          else if (done % 20 == 0 || done == count || terminal_.loudness() == Loudness::verbose)
            terminal_.say(line);
          if (!flags_.sheet.empty()) sheet_.push_back(plan.folder / picture.file);
          return studio_.interrupted() ? guide::Verdict::stop : guide::Verdict::go_on;
        },
        InterruptWatch::requested);
  }

  void print(const std::string& name, const guide::Evaluation& e, bool with_head) {
    terminal_.finish_line();
    if (with_head)
      print_result(
          fmt::format("{:<{}} pictures     R@1     R@5  similarity  judge  ratio  slope  "
                      "repetition  s/picture",
                      "variant", name_width_));
    print_result(fmt::format(
        "{:<{}} {:>8}  {:>5.1f}%  {:>5.1f}%  {:>10.3f}  {:>5.3f}  {:>5.2f}  {:>5.2f}  {:>10.2f}  "
        "{:>9}",
        name, name_width_, e.pictures.size(), 100 * e.r_precision_1, 100 * e.r_precision_5,
        e.similarity, e.judge_similarity, ratio_of(e), e.spectral_slope, e.repetition,
        e.seconds_per_picture ? fmt::format("{:.2f}", *e.seconds_per_picture) : "-"));
    for (const guide::EvaluatedPicture& picture : e.pictures) {
      if (picture.rank > 1)
        terminal_.say(fmt::format("  {}: \"{}\" (seed {}) taken for \"{}\", rank {}", name,
                                  picture.prompt, picture.seed, picture.judged_as, picture.rank));
    }
  }

  void write_sheet() {
    std::vector<media::Picture> pictures;
    for (const fs::path& path : sheet_) pictures.push_back(media::read_picture(path));
    media::write_picture(flags_.sheet, media::contact_sheet(pictures));
  }

  const EvalFlags& flags_;
  Studio studio_;
  Terminal& terminal_;
  std::vector<std::string> prompts_;
  std::vector<Variant> variants_;
  std::size_t name_width_ = 0;
  std::vector<fs::path> sheet_;
};

}  // namespace

void add_eval_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb = parent.add_subcommand(
      "eval", "how good the pictures of a list of prompts are, by a judge that is not optimised");
  const auto flags = std::make_shared<EvalFlags>(*verb);
  verb->add_option("list", flags->list, "a text file, a prompt a line")->type_name("LIST");
  verb->callback([=] {
    set_action([=] {
      if (!flags->sheet.empty() && flags->pictures.empty())
        throw UsageError("--sheet: expected --pictures FOLDER beside it, got none");
      return Eval(*flags).run();
    });
  });
}

}  // namespace clipguide::cli
