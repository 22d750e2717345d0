#include "clipguide/cli/flag_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "clipguide/base/error.h"
#include "clipguide/guide/model_card.h"
#include "clipguide/guide/option_kinds.h"
#include "clipguide/workflow/option_range.h"
#include "clipguide/workflow/schedule_file.h"

namespace clipguide::cli {
namespace {

const std::string kOutputGroup = "Where it goes";
const std::string kEffortGroup = "How much effort";
const std::string kMachineGroup = "The machine";
const std::string kRemarksGroup = "What is said";
const std::string kInputGroup = "What is compared";
const std::string kFilmGroup = "What is filmed";

const std::vector<FlagSpec>& flag_table() {
  using enum OptionType;
  static const std::vector<FlagSpec> table = {
      {"output", 'o', path, kOutputGroup, "FILE",
       "file to write; a picture's form follows from .png, .jpg or .webp"},
      {"quality", 0, integer, kOutputGroup, "PERCENT", "quality of JPEG and WebP", {}, 1, 100},
      {"no-metadata", 0, flag, kOutputGroup, "", "store nothing about the run in the picture"},
      {"preview", 0, path, kOutputGroup, "FILE", "write the picture here now and then on the way"},
      {"preview-every",
       0,
       integer,
       kOutputGroup,
       "N",
       "steps between two previews",
       {},
       1,
       1000000},
      {"frames", 0, path, kOutputGroup, "FOLDER", "write the picture of each step here, numbered"},
      {"frame-every", 0, integer, kOutputGroup, "N", "write only every Nth frame", {}, 1, 1000000},
      {"snapshot", 0, path, kOutputGroup, "FILE",
       "where the run's state is kept for resume (by default the output's name with .snapshot)"},
      {"snapshot-every",
       0,
       integer,
       kOutputGroup,
       "N",
       "keep the state every N steps; 0: only when interrupted",
       {},
       0,
       1000000},
      {"pictures", 0, path, kOutputGroup, "FOLDER",
       "keep the pictures here; those that lie here already are not made again"},
      {"dry-run", 0, flag, kOutputGroup, "",
       "make nothing; say what would be made, how long it takes and how much memory"},
      {"sheet", 0, path, kOutputGroup, "FILE", "write all pictures on one sheet"},
      {"preset", 0, text, kEffortGroup, "",
       "options to start from, tuned to the model; other flags change them", guide::preset_names()},
      {"variants", 0, path, kEffortGroup, "FILE",
       "a TOML file with a table of run options for each variant to compare"},
      {"scene", 0, path, kEffortGroup, "FILE",
       "a TOML file with prompts laid out in the picture, see docs/storyboard.md"},
      {"schedule", 0, path, kEffortGroup, "FILE",
       "a TOML file of options that change over the run, see docs/control.md; other flags change "
       "them"},
      {"seeds", 0, integer, kEffortGroup, "K", "pictures a prompt", {}, 1, 10000},
      {"limit",
       0,
       integer,
       kEffortGroup,
       "N",
       "run only N prompts, spread over the list; 0: all",
       {},
       0,
       1000000},
      {"first-steps",
       0,
       integer,
       kEffortGroup,
       "N",
       "steps of the first frame; --steps are those of each frame after it",
       {},
       1,
       1000000},
      {"fps", 0, number, kFilmGroup, "N", "frames a second"},
      {"zoom", 0, curve, kFilmGroup, "FACTOR",
       "from frame to frame, above 1 nearer; this and the next three may be curves of t, from 0 at "
       "the first frame to 1 at the last"},
      {"pan-x", 0, curve, kFilmGroup, "SHARE", "the camera moves right by this share of the width"},
      {"pan-y", 0, curve, kFilmGroup, "SHARE", "the camera moves down by this share of the height"},
      {"rotate", 0, curve, kFilmGroup, "DEGREES", "the picture turns clockwise"},
      {"border", 0, text, kFilmGroup, "", "what comes in at the edges", {"reflect", "wrap"}},
      {"resample",
       0,
       text,
       kFilmGroup,
       "",
       "how a moved frame is sampled",
       {"bicubic", "bilinear"}},
      {"sweep", 0, list, kInputGroup, "OPTION=VALUES",
       "values of a run option, as tv=0,50,200 or lr=0.01:0.04:4 (from, to, how many); up to two"},
      {"best",
       0,
       integer,
       kOutputGroup,
       "N",
       "write the N pictures that the judge finds best once more, by rank",
       {},
       1,
       10000},
      {"vary", 0, path, kInputGroup, "FILE", "variations of this picture"},
      {"between", 0, list, kInputGroup, "FILE",
       "pictures on the way from one to another: two FILEs"},
      {"count", 0, integer, kInputGroup, "N", "pictures between the two", {}, 1, 1000},
      {"shard", 0, text, kEffortGroup, "I/N",
       "make part I of N, from 0 to N-1; by default that of a Slurm array task"},
      {"show", 0, text, kEffortGroup, "STEPS",
       "after which steps the run is shown, as 0,1,10,last; the last one always is"},
      {"image", 0, list, kInputGroup, "FILE", "a picture; takes several, may be repeated"},
      {"text", 0, list, kInputGroup, "TEXT", "a text; takes several, may be repeated"},
      {"device",
       0,
       text,
       kMachineGroup,
       "",
       "where to compute; by default on a GPU where there is one",
       {"auto", "cpu", "cuda", "cuda:N"}},
      {"threads",
       0,
       integer,
       kMachineGroup,
       "N",
       "threads to compute with; 0: one a core",
       {},
       0,
       4096},
      {"max-memory", 0, text, kMachineGroup, "SIZE",
       "memory the program may use, as 4G or 800M: so many views at once as fit"},
      {"no-packed", 0, flag, kMachineGroup, "",
       "do not keep large models' weights as the kernels read them for the next run"},
      {"offline", 0, flag, kMachineGroup, "",
       "use models that are here already, never the network"},
      {"json", 0, flag, kRemarksGroup, "", "the result as JSON on standard output"},
      {"quiet", 'q', flag, kRemarksGroup, "", "say nothing but errors"},
      {"verbose", 'v', flag, kRemarksGroup, "", "say more"},
  };
  return table;
}

FlagSpec as_flag(const guide::OptionSpec& option) {
  FlagSpec flag;
  flag.name = option.name;
  flag.short_name = option.short_name;
  flag.type = option.type;
  flag.group = option.group;
  flag.placeholder = option.placeholder;
  flag.help = option.help;
  flag.choices = option.choices;
  if (option.type == OptionType::integer) {
    flag.minimum = static_cast<long long>(option.minimum.value_or(0));
    flag.maximum = static_cast<long long>(option.maximum.value_or(0));
  }
  return flag;
}

std::string spelling(const FlagSpec& flag) {
  return flag.short_name ? fmt::format("-{},--{}", flag.short_name, flag.name) : "--" + flag.name;
}

CLI::Option* dress(CLI::Option* option, const FlagSpec& flag) {
  return option->group(flag.group)->type_name(value_name(flag));
}

template <class Callback>
CLI::Option* add_values(CLI::App& verb, const FlagSpec& flag, Callback store) {
  CLI::Option* option = verb.add_option_function<std::vector<std::string>>(
      spelling(flag), std::move(store), flag.help);
  return dress(option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll), flag);
}

}  // namespace

FlagSpec flag_spec(std::string_view name) {
  for (const FlagSpec& flag : flag_table())
    if (flag.name == name) return flag;
  if (const guide::OptionSpec* option = guide::find_option(std::string(name)))
    return as_flag(*option);
  throw std::logic_error(fmt::format("no flag --{} in the tables", name));
}

std::string value_name(const FlagSpec& flag) {
  if (flag.choices.empty()) return flag.placeholder;
  if (flag.placeholder.empty()) return fmt::format("{{{}}}", fmt::join(flag.choices, ","));
  return fmt::format("{{{},{}}}", fmt::join(flag.choices, ","), flag.placeholder);
}

CLI::Option* add_flag(CLI::App& verb, std::string_view name, bool& value) {
  const FlagSpec flag = flag_spec(name);
  return verb.add_flag(spelling(flag), value, flag.help)->group(flag.group);
}

CLI::Option* add_text(CLI::App& verb, std::string_view name, std::string& value) {
  const FlagSpec flag = flag_spec(name);
  return dress(verb.add_option(spelling(flag), value, flag.help), flag);
}

CLI::Option* add_integer(CLI::App& verb, std::string_view name, int& value) {
  return add_integer(verb, flag_spec(name), value);
}

CLI::Option* add_integer(CLI::App& verb, const FlagSpec& flag, int& value) {
  const auto store = [flag, &value](const std::string& text) {
    const auto number = guide::whole<long long>(text);
    if (!number || *number < flag.minimum || *number > flag.maximum)
      guide::refuse("--" + flag.name,
                    fmt::format("a whole number from {} to {}", flag.minimum, flag.maximum), text);
    value = int(*number);
  };
  return dress(verb.add_option_function<std::string>(spelling(flag), store, flag.help), flag);
}

CLI::Option* add_list(CLI::App& verb, std::string_view name, std::vector<std::string>& values) {
  return add_long_list(verb, name, values)
      ->expected(1)
      ->allow_extra_args(false)  // what follows is the prompt
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

CLI::Option* add_long_list(CLI::App& verb, std::string_view name,
                           std::vector<std::string>& values) {
  return add_values(verb, flag_spec(name),
                    [&values](const std::vector<std::string>& given) { values = given; });
}

RunFlags::RunFlags(CLI::App& verb, const std::vector<std::string>& declined) {
  const auto keep_in_parser = [](const std::vector<std::string>&) {};
  for (const guide::OptionSpec& option : guide::option_table()) {
    if (std::find(declined.begin(), declined.end(), option.name) != declined.end()) continue;
    const FlagSpec flag = as_flag(option);
    if (option.type == OptionType::flag) {
      flags_.push_back({&option, verb.add_flag(spelling(flag), flag.help)->group(flag.group)});
    } else {
      CLI::Option* bound =
          add_values(verb, flag, keep_in_parser)->expected(1)->allow_extra_args(false);
      bound->multi_option_policy(option.type == OptionType::list
                                     ? CLI::MultiOptionPolicy::TakeAll
                                     : CLI::MultiOptionPolicy::TakeLast);
      flags_.push_back({&option, bound});
    }
  }
  const FlagSpec schedule = flag_spec("schedule");
  const auto read = [this](const std::string& path) { schedule_ = workflow::read_schedule(path); };
  dress(verb.add_option_function<std::string>(spelling(schedule), read, schedule.help), schedule);
}

bool RunFlags::given(std::string_view name) const {
  if (schedule_)
    for (const std::string& key : schedule_->keys())
      if (workflow::option_of_key(key)->name == name) return true;
  return std::any_of(flags_.begin(), flags_.end(), [&](const Bound& bound) {
    return bound.option->name == name && bound.flag->count() > 0;
  });
}

void RunFlags::apply_schedule(guide::RunOptions& options) const {
  for (const std::string& key : schedule_->keys()) {
    const guide::OptionSpec* const option = workflow::option_of_key(key);
    if (std::none_of(flags_.begin(), flags_.end(),
                     [&](const Bound& bound) { return bound.option == option; }))
      schedule_->refuse(key, "an option that this command takes", "another");
  }
  schedule_->apply_run_options(options);
}

void RunFlags::apply(guide::RunOptions& options) const {
  if (schedule_) apply_schedule(options);
  for (const auto& [option, flag] : flags_) {
    if (flag->count() == 0) continue;
    try {
      if (option->type == OptionType::flag)
        option->set(options, flag->as<bool>());
      else
        option->set(options, guide::parse_value(*option, flag->reduced_results()));
    } catch (const base::UsageError& error) {
      throw base::UsageError(fmt::format("--{}", error.what()), error.hint());
    }
  }
}

}  // namespace clipguide::cli
