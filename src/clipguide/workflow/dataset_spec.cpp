#include "clipguide/workflow/dataset_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <set>

#include "clipguide/base/error.h"
#include "clipguide/base/random.h"
#include "clipguide/guide/model_card.h"
#include "clipguide/objective/prompt_text.h"

namespace clipguide::workflow {
namespace {

using base::UsageError;
using nlohmann::json;
using Slots = std::map<std::string, std::vector<std::string>>;

const std::string kClassSlot = "class";
constexpr int kMostPictures = 1'000'000;  // a class

/// Options that each picture has of its own, or that belong to the whole.
const std::vector<std::string> kNotForPictures = {"prompt", "seed", "batch"};
const std::vector<std::string> kNotInRanges = {"prompt", "seed",  "batch",
                                               "model",  "judge", "vocab"};

[[noreturn]] void refuse_at(const SpecTable& table, int line, const std::string& what) {
  throw UsageError(fmt::format("{}: line {}: {}", table.source(), line, what));
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return text;
}

/// Why a name cannot be a folder everywhere and a key in a tar; empty when it can.
std::string fault_of_name(const std::string& name) {
  constexpr std::size_t kLongest = 64;
  if (name.empty()) return "an empty name";
  if (name.size() > kLongest) return fmt::format("a name of {} bytes", name.size());
  for (unsigned char c : name)
    if (c < 0x80 && !std::isalnum(c) && c != ' ' && c != '-' && c != '_')
      return c < 0x20 ? "a control character" : fmt::format("'{}' in '{}'", char(c), name);
  if (name.front() == ' ' || name.back() == ' ') return "space around '" + name + "'";
  constexpr std::array<std::string_view, 4> kDevices = {"con", "nul", "aux", "prn"};
  const std::string low = lower(name);
  if (std::find(kDevices.begin(), kDevices.end(), low) != kDevices.end()) return "'" + name + "'";
  return "";
}

/// A list of texts none of which is empty; empty when the key is not there.
std::vector<std::string> filled_texts(const SpecTable& table, const std::string& key) {
  const std::vector<std::string> texts = table.texts(key);
  if (table.has(key) && texts.empty()) table.refuse(key, "at least one text", "an empty list");
  for (const std::string& text : texts)
    if (text.find_first_not_of(" \t") == std::string::npos)
      table.refuse(key, "texts with words", "an empty one");
  return texts;
}

std::vector<PromptTemplate> templates_of(const SpecTable& table) {
  std::vector<PromptTemplate> prompts;
  for (const std::string& text : filled_texts(table, "prompts")) {
    try {
      prompts.push_back(PromptTemplate::parse(text));
    } catch (const UsageError& error) {
      refuse_at(table, table.line_of("prompts"), error.what());
    }
  }
  return prompts;
}

Slots slots_of(const SpecTable& table) {
  Slots slots;
  if (const auto lists = table.table("slots")) {
    for (const std::string& name : lists->keys()) {
      if (name == kClassSlot)
        lists->refuse(name, "a slot with another name", "'class', which the words of a class fill");
      slots[name] = filled_texts(*lists, name);
    }
  }
  return slots;
}

/// Each template has all its lists, and each word of them makes a prompt.
void check_prompts(const SpecTable& table, int line, const DatasetClass& of) {
  for (const PromptTemplate& prompt : of.prompts) {
    std::map<std::string, std::string> words;
    for (const std::string& slot : prompt.slots()) {
      const auto list = of.slots.find(slot);
      if (list == of.slots.end())
        refuse_at(
            table, line,
            fmt::format(
                "class '{}': expected a list for the slot {{{}}} of '{}' in [slots], got none",
                of.name, slot, prompt.text()));
      words[slot] = list->second.front();
    }
    const auto check = [&] {
      objective::parse_prompts(prompt.fill(words), fmt::format("{}: line {}: class '{}': prompt",
                                                               table.source(), line, of.name));
    };
    check();
    for (const std::string& slot : prompt.slots()) {
      const std::string first = words[slot];
      for (const std::string& word : of.slots.at(slot)) words[slot] = word, check();
      words[slot] = first;
    }
  }
}

struct Shared {
  std::vector<PromptTemplate> prompts;
  Slots slots;
  int count = 0;  ///< 0: each class says its own
};

DatasetClass class_of(const SpecTable& table, const Shared& shared) {
  table.expect_only({"name", "words", "prompts", "count", "judge", "slots"});
  DatasetClass made;
  made.name = table.text("name");
  if (const std::string fault = fault_of_name(made.name); !fault.empty())
    table.refuse("name", "letters, digits, spaces, - and _, up to 64 of them, as it names a folder",
                 fault);
  if (!table.has("count") && shared.count == 0)
    table.refuse("count", "a number of pictures here or for all classes", "none");
  made.count = int(table.integer("count", 1, kMostPictures, shared.count));
  made.prompts = templates_of(table);
  if (made.prompts.empty()) made.prompts = shared.prompts;
  if (made.prompts.empty()) made.prompts = {PromptTemplate::parse("a picture of a {class}")};
  made.slots = shared.slots;
  for (auto& [name, list] : slots_of(table)) made.slots[name] = list;
  std::vector<std::string> words = filled_texts(table, "words");
  if (words.empty()) words = {made.name};
  made.judge = table.text("judge", "a picture of " + with_article(words.front()));
  made.slots[kClassSlot] = std::move(words);
  check_prompts(table, table.line(), made);
  return made;
}

void read_classes(const SpecTable& root, DatasetSpec& spec) {
  Shared shared;
  shared.prompts = templates_of(root);
  shared.slots = slots_of(root);
  if (root.has("count")) shared.count = int(root.integer("count", 1, kMostPictures));
  std::map<std::string, int> lines;  // folders of one name but for its case are one on some disks
  std::map<std::string, std::string> judged;
  for (const SpecTable& table : root.tables("class")) {
    DatasetClass made = class_of(table, shared);
    const auto [named, is_new] = lines.try_emplace(lower(made.name), table.line_of("name"));
    if (!is_new)
      table.refuse("name", "each class once",
                   fmt::format("'{}', which stands in line {}", made.name, named->second));
    const auto [other, is_own] = judged.try_emplace(made.judge, made.name);
    if (!is_own)
      table.refuse("judge", "a text of its own",
                   fmt::format("'{}', which is that of '{}'", made.judge, other->second));
    spec.classes.push_back(std::move(made));
  }
  if (spec.classes.empty()) root.refuse("class", "a [[class]] for each class", "none");
}

void read_options(const SpecTable& root, DatasetSpec& spec) {
  const auto refuse_own = [](const SpecTable& table, const std::vector<std::string>& names) {
    for (const std::string& key : table.keys()) {
      const guide::OptionSpec* option = option_of_key(key);
      if (option && std::find(names.begin(), names.end(), option->name) != names.end())
        table.refuse(key, "an option that all pictures share or that can be drawn",
                     "'" + key + "'");
    }
  };
  if (const auto options = root.table("options")) {
    options->expect_only({}, /*and_run_options=*/true);
    refuse_own(*options, kNotForPictures);
    for (const std::string& key : options->keys()) {
      const guide::OptionSpec& option = *option_of_key(key);
      spec.options[option.name] = options->option_value(key, option, options->value(key));
    }
  }
  if (const auto ranges = root.table("ranges")) {
    ranges->expect_only({}, /*and_run_options=*/true);
    refuse_own(*ranges, kNotInRanges);
    for (const std::string& key : ranges->keys()) {
      spec.ranges.push_back(OptionRange::read(*ranges, key));
      if (spec.options.contains(spec.ranges.back().name()))
        ranges->refuse(key, "an option in [options] or in [ranges]", "one in both");
    }
  }
}

void read_rules(const SpecTable& root, DatasetSpec& spec) {
  if (const auto reject = root.table("reject")) {
    reject->expect_only({"min_similarity", "judge_first", "attempts"});
    if (reject->has("min_similarity"))
      spec.rejection.min_similarity = reject->number("min_similarity", -1, 1);
    spec.rejection.judge_first = reject->flag("judge_first", spec.rejection.judge_first);
    spec.rejection.attempts = int(reject->integer("attempts", 1, 1000, spec.rejection.attempts));
  }
  if (const auto rule = root.table("duplicates")) {
    using Measure = DuplicateRule::Measure;
    const std::string measure = rule->choice("measure", {"hash", "judge", "none"}, "hash");
    spec.duplicates.measure = measure == "none"    ? Measure::none
                              : measure == "judge" ? Measure::judge
                                                   : Measure::hash;
    std::vector<std::string> known = {"measure"};
    if (measure == "hash") known.push_back("within_bits");
    if (measure == "judge") known.push_back("cosine");
    rule->expect_only(known);
    spec.duplicates.within_bits =
        int(rule->integer("within_bits", 0, 32, spec.duplicates.within_bits));
    spec.duplicates.cosine = rule->number("cosine", 0, 1, spec.duplicates.cosine);
  }
}

}  // namespace

DatasetSpec dataset_spec_of(const SpecTable& root) {
  root.expect_only({"preset", "seed", "format", "pictures_per_tar", "balance", "count", "prompts",
                    "slots", "class", "options", "ranges", "reject", "duplicates"});
  DatasetSpec spec;
  spec.preset = root.text("preset", spec.preset);
  spec.seed = std::uint64_t(root.integer("seed", 0, std::numeric_limits<std::int64_t>::max(), 0));
  spec.format = root.choice("format", {"imagefolder", "webdataset", "coco"}, spec.format);
  spec.pictures_per_tar =
      int(root.integer("pictures_per_tar", 1, kMostPictures, spec.pictures_per_tar));
  spec.balance = root.flag("balance", spec.balance);
  read_rules(root, spec);
  read_options(root, spec);
  read_classes(root, spec);
  return spec;
}

DatasetSpec read_dataset_spec(const std::filesystem::path& path) {
  return dataset_spec_of(SpecTable::read(path));
}

void DatasetSpec::apply_options(guide::RunOptions& run) const {
  for (const auto& [name, value] : options.items()) guide::find_option(name)->set(run, value);
}

int DatasetSpec::picture_count() const {
  int count = 0;
  for (const DatasetClass& of : classes) count += of.count;
  return count;
}

Candidate draw_candidate(const DatasetSpec& spec, const guide::RunOptions& shared,
                         const DatasetClass& of, int index, int attempt) {
  const base::RandomStream stream = base::RandomStream(spec.seed, "dataset")
                                        .named(of.name)
                                        .at(std::uint64_t(index))
                                        .at(std::uint64_t(attempt));
  // A stream under a name of its own for each draw: a new slot or range shifts no other.
  const auto pick = [&](const auto& list, const std::string& name) -> const auto& {
    return list[std::size_t(stream.named(name).below(int(list.size())))];
  };
  Candidate candidate;
  candidate.options = shared;
  const PromptTemplate& prompt = pick(of.prompts, "prompt");
  std::map<std::string, std::string> words;
  for (const std::string& slot : prompt.slots())
    words[slot] = pick(of.slots.at(slot), "slot " + slot);
  candidate.options.prompt = prompt.fill(words);
  base::RandomStream seed = stream.named("seed");
  candidate.options.seed = seed.bits();
  for (const OptionRange& range : spec.ranges) {
    const json drawn = range.draw(stream.named("option " + range.name()));
    range.apply(candidate.options, drawn);
    candidate.drawn[range.name()] = drawn;
  }
  candidate.options.batch = 1;
  candidate.options.judge.clear();
  return candidate;
}

}  // namespace clipguide::workflow
