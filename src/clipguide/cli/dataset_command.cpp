#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "clipguide/base/error.h"
#include "clipguide/cli/commands.h"
#include "clipguide/cli/progress.h"
#include "clipguide/cli/shard_flag.h"
#include "clipguide/cli/studio.h"
#include "clipguide/guide/judge.h"
#include "clipguide/guide/model_card.h"
#include "clipguide/guide/named_files.h"
#include "clipguide/guide/picture_maker.h"
#include "clipguide/guide/run_prompts.h"
#include "clipguide/objective/prompt_text.h"
#include "clipguide/weights/checksum.h"
#include "clipguide/workflow/dataset.h"
#include "clipguide/workflow/rehearsal.h"

namespace clipguide::cli {
namespace {

using base::UsageError;
using nlohmann::json;
namespace fs = std::filesystem;

struct DatasetFlags {
  explicit DatasetFlags(CLI::App& verb) : studio(verb, {"prompt", "batch"}) {
    add_text(verb, "output", output)
        ->type_name("FOLDER")
        ->description("where the data set goes; by default the spec's name without its extension");
    add_text(verb, "shard", shard);
    add_flag(verb, "dry-run", dry_run);
  }

  std::string spec, output, shard;
  bool dry_run = false;
  StudioFlags studio;
};

class Dataset {
 public:
  explicit Dataset(const DatasetFlags& flags) : flags_(flags), studio_(flags.studio) {
    if (flags.spec.empty())
      throw UsageError("dataset: expected a spec file, got none",
                       "clipguide dataset examples/pictograms.toml -o pictograms");
    plan_.spec = workflow::read_dataset_spec(flags.spec);
    plan_.folder = flags.output.empty() ? fs::path(flags.spec).stem() : fs::path(flags.output);
    plan_.shard = shard_from_environment(flags.shard);
    plan_.options = shared_options();
    check_judge();
    tell_models();
    std::set<std::string> checked;
    guide::check_files(plan_.options, checked);
    for (std::size_t of = 0; of < plan_.spec.classes.size(); ++of)
      for (int index = 0; index < plan_.spec.classes[of].count; ++index)
        guide::check_prompts(candidate(of, index).options);
  }

  int run() {
    if (auto finished = workflow::finished_dataset(plan_)) {
      if (flags_.dry_run) return print_plan(0, workflow::Rehearsal());
      return print(*finished, 0);
    }
    if (flags_.dry_run) return print_plan(workflow::missing_places(plan_), rehearse());
    return make();
  }

 private:
  guide::RunOptions shared_options() {
    workflow::DatasetSpec& spec = plan_.spec;
    const auto models = spec.options.find("model");
    guide::RunOptions options = studio_.options(
        spec.preset, models == spec.options.end() ? std::vector<std::string>{}
                                                  : models->get<std::vector<std::string>>());
    spec.apply_options(options);
    studio_.apply_flags(options);
    // What is given on the command line holds for all pictures.
    const RunFlags& given = flags_.studio.run;
    std::erase_if(spec.ranges, [&](const auto& range) { return given.given(range.name()); });
    if (given.given("seed")) spec.seed = options.seed;
    options.seed = 0;
    return options;
  }

  void check_judge() const {
    const fs::path judge = studio_.finder().find(plan_.options.judge);
    for (const std::string& model : plan_.options.models) {
      std::error_code ignored;
      if (fs::equivalent(path_of(model), judge, ignored))
        throw UsageError(
            fmt::format("judge: expected a model that is not optimised, got {} for both", model));
    }
  }

  void tell_models() {
    std::string digests;
    for (const std::string& model : plan_.options.models)
      digests += guide::model_digest(path_of(model)) + "\n";
    models_ = weights::sha256_of(digests);
    const fs::path judge = studio_.finder().find(plan_.options.judge);
    plan_.models = weights::sha256_of(digests + guide::model_digest(judge));
  }

  /// Of one that is optimised, by its name with or without a weight.
  fs::path path_of(const std::string& model) const {
    return studio_.finder().find(objective::parse_prompts(model, "model").at(0).text);
  }

  workflow::Candidate candidate(std::size_t of, int index) const {
    return workflow::draw_candidate(plan_.spec, plan_.options, plan_.spec.classes[of], index, 0);
  }

  /// What a picture costs: of the first class whose first candidate stays finite. Nothing when none
  /// does.
  std::optional<workflow::Rehearsal> rehearse() {
    const guide::PictureMaker maker(studio_.context(), CLIPGUIDE_VERSION);
    for (std::size_t of = 0; of < plan_.spec.classes.size(); ++of) {
      try {
        return workflow::rehearse(candidate(of, 0).options, maker, InterruptWatch::requested);
      } catch (const base::NumericError& error) {
        studio_.terminal().warn(fmt::format("class {}: its first candidate is not finite: {}",
                                            plan_.spec.classes[of].name, error.what()));
      }
    }
    return std::nullopt;
  }

  int make() {
    const auto started = std::chrono::steady_clock::now();
    const guide::RunContext context = studio_.context();
    guide::PictureMaker maker(context, CLIPGUIDE_VERSION);
    maker.note_objects();
    maker.tell_models(models_);
    std::vector<std::string> texts;
    for (const workflow::DatasetClass& of : plan_.spec.classes) texts.push_back(of.judge);
    const guide::Judge judge(studio_.load_judge(plan_.options.judge), texts, context.device);

    workflow::DatasetHands hands;
    hands.make = [&](const guide::RunOptions& options, const fs::path& path) {
      return maker.make(options, path, [&](const guide::StepEvent&) {
        return studio_.interrupted() ? guide::Verdict::stop : guide::Verdict::go_on;
      });
    };
    hands.look = [&](const media::Picture& picture) { return judge.look(picture); };
    hands.embed = [&](const media::Picture& picture) {
      const at::Tensor direction = judge.embed(picture).contiguous();
      const float* values = direction.data_ptr<float>();
      return std::vector<float>(values, values + direction.numel());
    };
    workflow::DatasetHooks hooks;
    hooks.should_stop = [&] { return studio_.interrupted(); };
    hooks.on_attempt = [&](const workflow::DatasetEvent& event) { show(event); };
    const workflow::DatasetReport report = workflow::make_dataset(plan_, hands, hooks);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started;
    return print(report, elapsed.count());
  }

  static std::string words_of(const workflow::Attempt& attempt) {
    switch (attempt.ruling) {
      case workflow::Ruling::passed:
        return "passed";
      case workflow::Ruling::unlike:
        return "too unlike";
      case workflow::Ruling::not_finite:
        return "its run was not finite";
      default:
        return "taken for " + attempt.judged_as;
    }
  }

  void show(const workflow::DatasetEvent& event) {
    const workflow::Attempt& attempt = *event.attempt;
    passed_ += attempt.ruling == workflow::Ruling::passed;
    ++made_;
    const std::string what = words_of(attempt);
    const std::string line = fmt::format("{} of {}  {} {}: {} ({:.3f})  {} of {} candidates passed",
                                         event.done, event.count, event.of->name, event.index, what,
                                         attempt.judge_similarity, passed_, made_);
    if (studio_.terminal().is_terminal())
      studio_.terminal().redraw(line);
    else if (made_ % 20 == 0 || studio_.terminal().loudness() == Loudness::verbose)
      studio_.terminal().say(line);
  }

  int print(const workflow::DatasetReport& report, double elapsed_s) {
    Terminal& terminal = studio_.terminal();
    terminal.finish_line();
    if (studio_.json()) {
      json result = report.complete ? report.summary : json::object();
      result["output"] = plan_.folder.string();
      result["complete"] = report.complete;
      result["interrupted"] = report.stopped;
      result["made"] = report.made;
      result["places"] = report.places;
      result["missing"] = report.missing;
      result["shard"] = fmt::format("{}/{}", plan_.shard.index, plan_.shard.count);
      result["elapsed_s"] = elapsed_s;
      print_result(result);
    } else if (report.complete) {
      print_table(report);
    }
    if (report.stopped) {
      terminal.say("interrupted; the same command goes on where it was");
      return 130;
    }
    if (!report.complete)
      terminal.say(
          fmt::format("shard {}/{} is done; {} of {} pictures of the others are not there "
                      "yet: who comes last finishes the set",
                      plan_.shard.index, plan_.shard.count, report.missing, report.places));
    else if (report.made == 0)
      terminal.say("nothing to do: all pictures are there");
    if (report.complete) warn_of_gaps(report.summary);
    return 0;
  }

  void print_table(const workflow::DatasetReport& report) {
    std::size_t width = 5;
    for (const json& of : report.summary["classes"])
      width = std::max(width, of["name"].get<std::string>().size());
    print_result(fmt::format("{:<{}}  pictures  candidates  unlike  mistaken  repeated  not finite",
                             "class", width));
    for (const json& of : report.summary["classes"])
      print_result(fmt::format(
          "{:<{}}  {:>8}  {:>10}  {:>6}  {:>8}  {:>8}  {:>10}", of["name"].get<std::string>(),
          width, of["pictures"].get<int>(), of["attempts"].get<int>(), of["unlike"].get<int>(),
          of["mistaken"].get<int>(), of["repeated"].get<int>(), of.value("not_finite", 0)));
    print_result(fmt::format("{} pictures as {} in {}", report.summary["pictures"].get<int>(),
                             report.summary["format"].get<std::string>(), plan_.folder.string()));
  }

  void warn_of_gaps(const json& summary) {
    for (const json& of : summary["classes"])
      if (of["given_up"].get<int>() > 0)
        studio_.terminal().warn(
            fmt::format("class {}: {} of {} pictures given up after {} candidates each",
                        of["name"].get<std::string>(), of["given_up"].get<int>(),
                        of["wanted"].get<int>(), plan_.spec.rejection.attempts));
  }

  /// cost  nothing: it is not known
  int print_plan(int missing, const std::optional<workflow::Rehearsal>& cost) {
    const workflow::DatasetSpec& spec = plan_.spec;
    double steps = 0;  // a picture, over what will be drawn
    json classes = json::array();
    for (std::size_t of = 0; of < spec.classes.size(); ++of) {
      steps += double(candidate(of, 0).options.steps) / double(spec.classes.size());
      classes.push_back({{"name", spec.classes[of].name},
                         {"count", spec.classes[of].count},
                         {"judge", spec.classes[of].judge},
                         {"example", candidate(of, 0).options.prompt}});
    }
    const double picture_s = cost ? cost->picture_s(steps) : 0, all_s = missing * picture_s;
    if (studio_.json()) {
      const auto known = [&](const auto& value) { return cost ? json(value) : json(); };
      print_result(json{{"dry_run", true},
                        {"output", plan_.folder.string()},
                        {"format", spec.format},
                        {"pictures", spec.picture_count()},
                        {"missing", missing},
                        {"classes", classes},
                        {"attempts", spec.rejection.attempts},
                        {"seconds_per_picture", known(picture_s)},
                        {"seconds", known(all_s)},
                        {"seconds_at_most", known(all_s * spec.rejection.attempts)},
                        {"memory_bytes", known(cost ? cost->memory_bytes : 0)}});
      return 0;
    }
    print_result(fmt::format("{} classes, {} pictures as {} in {}", spec.classes.size(),
                             spec.picture_count(), spec.format, plan_.folder.string()));
    for (const json& of : classes)
      print_result(fmt::format("  {} {}  \"{}\"", of["count"].get<int>(),
                               of["name"].get<std::string>(), of["example"].get<std::string>()));
    if (missing == 0) {
      print_result(std::string("all pictures are there"));
      return 0;
    }
    if (!cost) {
      print_result(fmt::format("{} to make; how long that takes could not be measured", missing));
      return 0;
    }
    print_result(fmt::format(
        "{} to make: about {} in one process when the judge lets all pass, {} "
        "when each takes {} candidates; {:.0f} MB of memory (estimated from {:.2f} s a picture)",
        missing, format_duration(all_s), format_duration(all_s * spec.rejection.attempts),
        spec.rejection.attempts, double(cost->memory_bytes) / 1e6, picture_s));
    return 0;
  }

  const DatasetFlags& flags_;
  Studio studio_;
  workflow::DatasetPlan plan_;
  std::string models_;  ///< digest of those that draw
  int made_ = 0, passed_ = 0;
};

}  // namespace

void add_dataset_command(CLI::App& parent, SetAction set_action) {
  CLI::App* verb = parent.add_subcommand(
      "dataset", "labelled pictures for training other models, from a spec file");
  const auto flags = std::make_shared<DatasetFlags>(*verb);
  verb->add_option("spec", flags->spec, "what the data set shall hold, in TOML")->type_name("SPEC");
  verb->callback([=] { set_action([=] { return Dataset(*flags).run(); }); });
}

}  // namespace clipguide::cli
