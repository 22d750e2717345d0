#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/common_flags.h"
#include "clipguide/cli/flag_table.h"
#include "clipguide/cli/output_names.h"
#include "clipguide/cli/studio.h"
#include "clipguide/guide/evaluation.h"
#include "clipguide/guide/prompt_list.h"
#include "clipguide/media/contact_sheet.h"

namespace clipguide::cli {
namespace {

using base::UsageError;
using nlohmann::json;
namespace fs = std::filesystem;

struct Flags {
  explicit Flags(CLI::App& verb) : studio(verb, {"prompt", "batch"}) {
    add_list(verb, "preset", presets);
    add_integer(verb, "seeds", seeds);
    add_integer(verb, "limit", limit);
    add_text(verb, "pictures", pictures);
    add_text(verb, "sheet", sheet);
  }

  std::string list;
  std::vector<std::string> presets;
  int seeds = 1, limit = 0;
  std::string pictures, sheet;
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

/// The figures of one preset; the pictures only where asked for.
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
  explicit Eval(const Flags& flags)
      : flags_(flags),
        studio_(flags.studio),
        terminal_(studio_.terminal()),
        presets_(flags.presets.empty() ? std::vector<std::string>{"default"} : flags.presets) {
    if (flags.list.empty())
      throw UsageError("eval: expected a file with a prompt a line, got none",
                       "clipguide eval prompts/things.txt");
    prompts_ = guide::read_prompt_list(flags.list);
    if (!flags.sheet.empty()) check_output(flags.sheet);
  }

  int run() {
    std::vector<guide::RunOptions> options;  // all presets are known before the first one runs
    for (const std::string& preset : presets_) options.push_back(studio_.options(preset));

    json all = json::array();
    bool complete = true;
    for (std::size_t i = 0; i < presets_.size() && complete; ++i) {
      const guide::Evaluation result = evaluate(presets_[i], options[i]);
      complete = result.complete;
      if (!studio_.json()) print(presets_[i], result, i == 0);
      all.push_back(to_json(presets_[i], result, /*with_pictures=*/true));
    }
    if (!flags_.sheet.empty()) write_sheet();
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
  guide::Evaluation evaluate(const std::string& preset, const guide::RunOptions& options) {
    guide::EvaluationPlan plan;
    plan.prompts = prompts_;
    plan.limit = flags_.limit;
    plan.seeds = flags_.seeds;
    plan.options = options;
    plan.version = CLIPGUIDE_VERSION;
    if (!flags_.pictures.empty()) {
      plan.folder = flags_.pictures;
      if (presets_.size() > 1) plan.folder /= preset;
    }
    plan.judge = studio_.load_judge(options.judge);

    int right = 0;
    return guide::evaluate(
        plan, studio_.context(), [&](int done, int count, const guide::EvaluatedPicture& picture) {
          right += picture.rank == 1;
          const std::string line =
              fmt::format("{} of {}  {}  judge: {} right  {}", done, count, preset, right,
                          picture.rank == 1 ? picture.prompt
                                            : picture.prompt + " taken for " + picture.judged_as);
          if (terminal_.is_terminal())
            terminal_.redraw(line);
          else if (done % 20 == 0 || done == count || terminal_.loudness() == Loudness::verbose)
            terminal_.say(line);
          if (!flags_.sheet.empty()) sheet_.push_back(plan.folder / picture.file);
          return studio_.interrupted() ? guide::Verdict::stop : guide::Verdict::go_on;
        });
  }

  void print(const std::string& preset, const guide::Evaluation& e, bool with_head) {
    terminal_.finish_line();
    if (with_head)
      print_result(
          std::string("preset     pictures    R@1    R@5  similarity  judge  ratio  slope  "
                      "repetition  s/picture"));
    print_result(fmt::format(
        "{:<10} {:>8}  {:>4.1f}%  {:>4.1f}%  {:>10.3f}  {:>5.3f}  {:>5.2f}  {:>5.2f}  {:>10.2f}  "
        "{:>9}",
        preset, e.pictures.size(), 100 * e.r_precision_1, 100 * e.r_precision_5, e.similarity,
        e.judge_similarity, ratio_of(e), e.spectral_slope, e.repetition,
        e.seconds_per_picture ? fmt::format("{:.2f}", *e.seconds_per_picture) : "-"));
    for (const guide::EvaluatedPicture& picture : e.pictures) {
      if (picture.rank > 1)
        terminal_.say(fmt::format("  {}: \"{}\" (seed {}) taken for \"{}\", rank {}", preset,
                                  picture.prompt, picture.seed, picture.judged_as, picture.rank));
    }
  }

  void write_sheet() {
    std::vector<media::Picture> pictures;
    for (const fs::path& path : sheet_) pictures.push_back(media::read_picture(path));
    media::write_picture(flags_.sheet, media::contact_sheet(pictures));
  }

  const Flags& flags_;
  Studio studio_;
  Terminal& terminal_;
  std::vector<std::string> presets_, prompts_;
  std::vector<fs::path> sheet_;
};

}  // namespace

void add_eval_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb = parent.add_subcommand(
      "eval", "how good the pictures of a list of prompts are, by a judge that is not optimised");
  const auto flags = std::make_shared<Flags>(*verb);
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
