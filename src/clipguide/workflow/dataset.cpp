#include "clipguide/workflow/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <span>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/guide/option_table.h"
#include "clipguide/weights/checksum.h"
#include "clipguide/weights/file_lock.h"
#include "clipguide/workflow/dataset_files.h"

namespace clipguide::workflow {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kRulesVersion = 1;  // of how pictures are drawn and let in: other rules, other sets
constexpr std::size_t kLargestSummary = std::size_t(64) << 20;
constexpr const char* kSummary = "dataset.json";
constexpr const char* kWork = "work";

std::string sha256_of(const std::string& text) {
  weights::Digest digest(weights::Checksum::Kind::sha256, text.size());
  digest.add(std::as_bytes(std::span(text.data(), text.size())));
  return digest.finish();
}

bool by_judge(const DatasetSpec& spec) {
  return spec.duplicates.measure == DuplicateRule::Measure::judge;
}

/// All that the candidates of a class and the judge's words on them depend on. What is decided
/// afterwards (counts, the bound on attempts, what counts as a duplicate) may change and leaves
/// them as they are.
std::string identity_of(const DatasetPlan& plan, const DatasetClass& of) {
  const DatasetSpec& spec = plan.spec;
  json all = {{"rules", kRulesVersion},
              {"seed", spec.seed},
              {"options", guide::to_json(plan.options)},
              {"class", of.name},
              {"judge", of.judge},
              {"slots", of.slots},
              {"prompts", json::array()},
              {"ranges", json::array()},
              {"judge_first", spec.rejection.judge_first},
              {"fingerprint", by_judge(spec) ? "judge" : "hash"}};
  for (const PromptTemplate& prompt : of.prompts) all["prompts"].push_back(prompt.text());
  for (const OptionRange& range : spec.ranges) all["ranges"].push_back(range.identity());
  if (spec.rejection.min_similarity) all["min_similarity"] = *spec.rejection.min_similarity;
  for (const DatasetClass& other : spec.classes) all["classes"].push_back(other.judge);
  return sha256_of(all.dump());
}

/// And of the set as a whole.
std::string identity_of(const DatasetPlan& plan) {
  const DatasetSpec& spec = plan.spec;
  json all = {{"format", spec.format},
              {"pictures_per_tar", spec.pictures_per_tar},
              {"balance", spec.balance},
              {"attempts", spec.rejection.attempts},
              {"duplicates", int(spec.duplicates.measure)},
              {"within_bits", spec.duplicates.within_bits},
              {"cosine", spec.duplicates.cosine}};
  for (const DatasetClass& of : spec.classes)
    all["classes"].push_back({of.name, of.count, identity_of(plan, of)});
  return sha256_of(all.dump());
}

fs::path file_of(const DatasetPlan& plan, const DatasetClass& of, int index,
                 const char* extension) {
  return plan.folder / kWork / of.name / fmt::format("{:06}{}", index, extension);
}

/// Whether the first pass has nothing more to do in a place.
bool is_judged(const DatasetSpec& spec, const SlotRecord& record) {
  return record.any_passed() || int(record.attempts.size()) >= spec.rejection.attempts;
}

/// One place of the set.
struct Place {
  std::size_t of = 0;
  int index = 0;
};

/// All places: the first of each class, then the second, so that an unfinished set is balanced too.
std::vector<Place> places_of(const DatasetSpec& spec) {
  int most = 0;
  for (const DatasetClass& of : spec.classes) most = std::max(most, of.count);
  std::vector<Place> places;
  for (int index = 0; index < most; ++index)
    for (std::size_t of = 0; of < spec.classes.size(); ++of)
      if (index < spec.classes[of].count) places.push_back({of, index});
  return places;
}

class Maker {
 public:
  Maker(const DatasetPlan& plan, const DatasetHands& hands, const DatasetHooks& hooks)
      : plan_(plan), spec_(plan.spec), hands_(hands), hooks_(hooks), places_(places_of(plan.spec)) {
    for (const DatasetClass& of : spec_.classes) identities_.push_back(identity_of(plan, of));
    open_folder();
  }

  DatasetReport make() {
    report_.places = int(places_.size());
    if (!make_own_places()) return stopped();
    for (const Place& place : places_) report_.missing += !is_judged(spec_, read(place));
    if (report_.missing > 0) return report_;
    // Another process may come to this point as well: one after the other, with the same result.
    std::optional<weights::FileLock> lock;
    try {
      weights::TransferHooks hooks;
      hooks.should_stop = hooks_.should_stop;
      lock.emplace(plan_.folder / kWork / ".lock", hooks);
    } catch (const base::Interrupted&) {
      return stopped();
    } catch (const base::IoError&) {  // a disk without locks: every file is written whole anyway
    }
    return finish() ? report_ : stopped();
  }

 private:
  void open_folder() {
    std::error_code failure;
    const fs::path work = plan_.folder / kWork;
    const bool is_ours = fs::exists(work) || fs::exists(plan_.folder / kSummary);
    for (const char* part : {"images", "shards"})
      if (!is_ours && fs::exists(plan_.folder / part))
        throw base::UsageError(fmt::format(
            "{}: expected a new folder or that of a data set, got one with {}/ of another origin",
            plan_.folder.string(), part));
    for (const DatasetClass& of : spec_.classes) {
      fs::create_directories(work / of.name, failure);
      if (failure)
        base::throw_error<base::IoError>("{}: cannot create: {}", (work / of.name).string(),
                                         failure.message());
    }
  }

  DatasetReport stopped() {
    report_.stopped = true;
    return report_;
  }

  fs::path file_of(const Place& place, const char* extension) const {
    return workflow::file_of(plan_, spec_.classes[place.of], place.index, extension);
  }
  SlotRecord read(const Place& place) const {
    return read_slot(file_of(place, ".json"), identities_[place.of]);
  }
  void keep(const Place& place, const SlotRecord& record) const {
    write_slot(file_of(place, ".json"), record);
  }

  /// The first pass. False: the user asked to stop.
  bool make_own_places() {
    std::vector<Place> own;
    for (std::size_t i = 0; i < places_.size(); ++i)
      if (int(i % std::size_t(plan_.shard.count)) == plan_.shard.index) own.push_back(places_[i]);
    for (std::size_t i = 0; i < own.size(); ++i) {
      SlotRecord record = read(own[i]);
      while (!is_judged(spec_, record)) {
        if (!add_attempt(own[i], record, int(i), int(own.size()))) return false;
      }
    }
    return true;
  }

  /// Makes the next candidate of a place and asks the judge. False: the user asked to stop.
  bool add_attempt(const Place& place, SlotRecord& record, int done, int count) {
    const int number = int(record.attempts.size());
    if (hooks_.should_stop && hooks_.should_stop()) return false;
    const auto made = make_candidate(place, number);
    if (!made) return false;
    record.attempts.push_back(judged(place, number, *made));
    keep(place, record);
    ++report_.made;
    const Attempt& attempt = record.attempts.back();
    if (attempt.ruling != Ruling::passed) {
      std::error_code ignored;
      fs::remove(file_of(place, ".png"), ignored);
    }
    if (hooks_.on_attempt)
      hooks_.on_attempt({done + is_judged(spec_, record), count, &spec_.classes[place.of],
                         place.index, &attempt});
    return true;
  }

  std::optional<guide::MadePicture> make_candidate(const Place& place, int number) const {
    const Candidate candidate =
        draw_candidate(spec_, plan_.options, spec_.classes[place.of], place.index, number);
    return hands_.make(candidate.options, file_of(place, ".png"));
  }

  Attempt judged(const Place& place, int number, const guide::MadePicture& made) const {
    const DatasetClass& of = spec_.classes[place.of];
    const Candidate candidate = draw_candidate(spec_, plan_.options, of, place.index, number);
    Attempt attempt;
    attempt.number = number;
    attempt.prompt = candidate.options.prompt;
    attempt.seed = candidate.options.seed;
    attempt.drawn = candidate.drawn;
    attempt.similarity = made.record.similarity.value_or(0);
    const std::vector<double> cosines = hands_.look(made.picture);
    const std::size_t first =
        std::size_t(std::max_element(cosines.begin(), cosines.end()) - cosines.begin());
    attempt.judge_similarity = cosines.at(place.of);
    attempt.judged_as = spec_.classes.at(first).name;
    if (spec_.rejection.min_similarity &&
        attempt.judge_similarity < *spec_.rejection.min_similarity)
      attempt.ruling = Ruling::unlike;
    else if (spec_.rejection.judge_first && cosines[first] > cosines[place.of])
      attempt.ruling = Ruling::mistaken;
    if (attempt.ruling != Ruling::passed) return attempt;
    attempt.width_px = made.picture.width_px;
    attempt.height_px = made.picture.height_px;
    attempt.sha256 = digest(place);
    if (by_judge(spec_))
      attempt.fingerprint.direction = quantised(hands_.embed(made.picture));
    else
      attempt.fingerprint.hash = difference_hash(made.picture);
    return attempt;
  }

  std::string digest(const Place& place) const {
    std::error_code ignored;
    const fs::path file = file_of(place, ".png");
    return fs::exists(file, ignored) ? weights::digest_file(file, weights::Checksum::Kind::sha256)
                                     : "";
  }

  bool are_alike(const Fingerprint& a, const Fingerprint& b) const {
    if (by_judge(spec_)) return cosine(a.direction, b.direction) >= spec_.duplicates.cosine;
    return differing_bits(a.hash, b.hash) <= spec_.duplicates.within_bits;
  }

  /// A picture that stays, with the record that holds it.
  struct Kept {
    int index = 0;
    SlotRecord record;
    const Attempt& attempt() const { return record.attempts.back(); }
  };

  int repeated_by(const Attempt& attempt, const std::vector<Kept>& earlier) const {
    if (spec_.duplicates.measure == DuplicateRule::Measure::none) return -1;
    for (const Kept& kept : earlier)
      if (are_alike(attempt.fingerprint, kept.attempt().fingerprint)) return kept.index;
    return -1;
  }

  /// The second pass over one place: the first candidate that passed and repeats none of the
  /// earlier pictures; more are drawn where those there are do not suffice.
  ///   returns  false when the user asked to stop
  bool settle(const Place& place, std::vector<Kept>& earlier, SlotRecord& record) {
    record = read(place);
    for (int number = 0; number < spec_.rejection.attempts; ++number) {
      if (number == int(record.attempts.size()) &&
          !add_attempt(place, record, place.index, spec_.classes[place.of].count))
        return false;
      Attempt& attempt = record.attempts[std::size_t(number)];
      if (attempt.ruling != Ruling::passed) continue;
      const int before = attempt.repeats;
      attempt.repeats = repeated_by(attempt, earlier);
      if (attempt.repeats != before) keep(place, record);
      if (attempt.repeats >= 0) continue;
      // Later candidates may stand here from a spec with other rules, in this one's place.
      if (number + 1 < int(record.attempts.size())) {
        record.attempts.resize(std::size_t(number) + 1);
        keep(place, record);
      }
      if (digest(place) != record.attempts.back().sha256 && !make_again(place, record))
        return false;
      earlier.push_back({place.index, record});
      return true;
    }
    std::error_code ignored;
    fs::remove(file_of(place, ".png"), ignored);
    if (int(record.attempts.size()) > spec_.rejection.attempts)
      record.attempts.resize(std::size_t(spec_.rejection.attempts));
    return true;
  }

  /// A picture that was lost or damaged.
  bool make_again(const Place& place, SlotRecord& record) {
    std::error_code ignored;
    fs::remove(file_of(place, ".png"), ignored);
    const int number = int(record.attempts.size()) - 1;
    const auto made = make_candidate(place, number);
    if (!made) return false;
    ++report_.made;
    record.attempts.back().sha256 = digest(place);
    keep(place, record);
    return true;
  }

  bool finish() {
    std::vector<std::vector<Kept>> kept(spec_.classes.size());
    json classes = json::array();
    const std::vector<int> labels = labels_of(spec_.classes);
    for (std::size_t of = 0; of < spec_.classes.size(); ++of) {
      json counts = {
          {"attempts", 0}, {"unlike", 0}, {"mistaken", 0}, {"repeated", 0}, {"given_up", 0}};
      for (int index = 0; index < spec_.classes[of].count; ++index) {
        SlotRecord record;
        const std::size_t before = kept[of].size();
        if (!settle({of, index}, kept[of], record)) return false;
        count(record, kept[of].size() > before, counts);
      }
      counts["name"] = spec_.classes[of].name;
      counts["label"] = labels[of];
      counts["judge"] = spec_.classes[of].judge;
      counts["wanted"] = spec_.classes[of].count;
      classes.push_back(std::move(counts));
    }
    balance(kept);
    write(kept, labels, std::move(classes));
    return true;
  }

  static void count(const SlotRecord& record, bool is_kept, json& counts) {
    const auto add = [&](const char* key) { counts[key] = counts[key].get<int>() + 1; };
    for (const Attempt& attempt : record.attempts) {
      add("attempts");
      if (attempt.ruling == Ruling::unlike) add("unlike");
      if (attempt.ruling == Ruling::mistaken) add("mistaken");
      if (attempt.repeats >= 0) add("repeated");
    }
    if (!is_kept) add("given_up");
  }

  /// Shortens every class to the share of its count that the worst one has.
  void balance(std::vector<std::vector<Kept>>& kept) const {
    std::size_t worst = 0;
    const auto wanted = [&](std::size_t of) { return std::size_t(spec_.classes[of].count); };
    for (std::size_t of = 0; of < kept.size(); ++of) {
      if (kept[of].empty())
        throw base::Error(
            fmt::format("class '{}': expected pictures that the judge lets pass, got none of {}",
                        spec_.classes[of].name, wanted(of)),
            "judge = \"..\" words the class otherwise; [reject] may ask less or allow more "
            "attempts");
      if (kept[of].size() * wanted(worst) < kept[worst].size() * wanted(of)) worst = of;
    }
    if (!spec_.balance) return;
    for (std::size_t of = 0; of < kept.size(); ++of) {
      const std::size_t share =
          std::max<std::size_t>(1, wanted(of) * kept[worst].size() / wanted(worst));
      if (kept[of].size() > share) kept[of].resize(share);
    }
  }

  void write(const std::vector<std::vector<Kept>>& kept, const std::vector<int>& labels,
             json classes) {
    std::vector<DatasetPicture> pictures;
    for (std::size_t of = 0; of < kept.size(); ++of) {
      classes[of]["pictures"] = kept[of].size();
      for (const Kept& one : kept[of])
        pictures.push_back({&spec_.classes[of], labels[of], one.index, &one.attempt(),
                            file_of({of, one.index}, ".png")});
    }
    const std::vector<std::string> files = write_dataset_files(plan_.folder, spec_, pictures);
    report_.summary = {{"format", spec_.format},        {"pictures", pictures.size()},
                       {"classes", std::move(classes)}, {"seed", spec_.seed},
                       {"judge", plan_.options.judge},  {"files", files.size()},
                       {"plan", identity_of(plan_)}};
    base::write_file(plan_.folder / kSummary, report_.summary.dump(1) + "\n");
    report_.complete = true;
  }

  const DatasetPlan& plan_;
  const DatasetSpec& spec_;
  const DatasetHands& hands_;
  const DatasetHooks& hooks_;
  std::vector<Place> places_;
  std::vector<std::string> identities_;
  DatasetReport report_;
};

/// The files that the manifest names; nothing when one is not there.
bool has_all_files(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder / "manifest.jsonl", ignored)) return false;
  std::ifstream lines(folder / "manifest.jsonl");
  for (std::string line; std::getline(lines, line);) {
    const json row = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!row.is_object() || !row.contains("file") || !row["file"].is_string()) return false;
    if (!fs::exists(folder / row["file"].get<std::string>(), ignored)) return false;
  }
  return true;
}

}  // namespace

DatasetReport make_dataset(const DatasetPlan& plan, const DatasetHands& hands,
                           const DatasetHooks& hooks) {
  return Maker(plan, hands, hooks).make();
}

int missing_places(const DatasetPlan& plan) {
  int missing = 0;
  for (const DatasetClass& of : plan.spec.classes) {
    const std::string identity = identity_of(plan, of);
    for (int index = 0; index < of.count; ++index)
      missing += !is_judged(plan.spec, read_slot(file_of(plan, of, index, ".json"), identity));
  }
  return missing;
}

std::optional<DatasetReport> finished_dataset(const DatasetPlan& plan) {
  std::error_code ignored;
  const fs::path path = plan.folder / kSummary;
  if (!fs::exists(path, ignored)) return std::nullopt;
  const json summary =
      json::parse(base::read_file(path, kLargestSummary), nullptr, /*allow_exceptions=*/false);
  if (!summary.is_object() || summary.value("plan", json()) != identity_of(plan) ||
      !has_all_files(plan.folder))
    return std::nullopt;
  DatasetReport report;
  report.complete = true;
  report.places = plan.spec.picture_count();
  report.summary = summary;
  return report;
}

}  // namespace clipguide::workflow
