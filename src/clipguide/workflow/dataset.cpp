#include "clipguide/workflow/dataset.h"

#include <fmt/format.h>

#include <algorithm>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/weights/checksum.h"
#include "clipguide/weights/file_lock.h"
#include "clipguide/workflow/dataset_files.h"
#include "clipguide/workflow/dataset_places.h"

namespace clipguide::workflow {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Maker {
 public:
  Maker(const DatasetPlan& plan, const DatasetHands& hands, const DatasetHooks& hooks)
      : plan_(plan),
        spec_(plan.spec),
        hands_(hands),
        hooks_(hooks),
        contents_(contents_of(plan)),
        places_(places_of(plan.spec)) {
    for (const DatasetClass& of : spec_.classes)
      identities_.push_back(identity_of(plan, of, contents_));
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
      lock.emplace(work_folder(plan_) / ".lock", hooks);
    } catch (const base::Interrupted&) {
      return stopped();
    } catch (const base::IoError&) {  // a disk without locks: every file is written whole anyway
    }
    return finish() ? report_ : stopped();
  }

 private:
  void open_folder() {
    std::error_code failure;
    const fs::path work = work_folder(plan_);
    const bool is_ours = fs::exists(work) || fs::exists(summary_file(plan_));
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
    return work_file(plan_, place, extension);
  }
  SlotRecord read(const Place& place) const {
    return read_slot(file_of(place, ".json"), identities_[place.of], plan_.models);
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
    try {
      const auto made = make_candidate(place, number);
      if (!made) return false;
      record.attempts.push_back(judged(place, number, *made));
    } catch (const base::DivergedError&) {
      // Made again it would come to the same: the place draws on, now and whenever it is read.
      record.attempts.push_back(drawn(place, number));
      record.attempts.back().ruling = Ruling::not_finite;
    }
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

  /// What was tried, before anything is known of it.
  Attempt drawn(const Place& place, int number) const {
    const Candidate candidate =
        draw_candidate(spec_, plan_.options, spec_.classes[place.of], place.index, number);
    Attempt attempt;
    attempt.number = number;
    attempt.prompt = candidate.options.prompt;
    attempt.seed = candidate.options.seed;
    attempt.drawn = candidate.drawn;
    return attempt;
  }

  Attempt judged(const Place& place, int number, const guide::MadePicture& made) const {
    Attempt attempt = drawn(place, number);
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
    attempt.objects = made.objects;
    if (compares_by_judge(spec_))
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
    if (compares_by_judge(spec_))
      return cosine(a.direction, b.direction) >= spec_.duplicates.cosine;
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
    record.attempts.back().objects = made->objects;
    keep(place, record);
    return true;
  }

  bool finish() {
    std::vector<std::vector<Kept>> kept(spec_.classes.size());
    json classes = json::array();
    const std::vector<int> labels = labels_of(spec_.classes);
    for (std::size_t of = 0; of < spec_.classes.size(); ++of) {
      json counts = no_counts();
      for (int index = 0; index < spec_.classes[of].count; ++index) {
        SlotRecord record;
        const std::size_t before = kept[of].size();
        if (!settle({of, index}, kept[of], record)) return false;
        add_counts(record, kept[of].size() > before, counts);
      }
      counts["name"] = spec_.classes[of].name;
      counts["label"] = labels[of];
      counts["judge"] = spec_.classes[of].judge;
      counts["wanted"] = spec_.classes[of].count;
      classes.push_back(std::move(counts));
    }
    balance(kept, classes);
    write(kept, labels, std::move(classes));
    return true;
  }

  [[noreturn]] void refuse_empty(std::size_t of, int not_finite) const {
    throw base::Error(
        fmt::format("class '{}': expected pictures that the judge lets pass, got none of {}{}",
                    spec_.classes[of].name, spec_.classes[of].count,
                    not_finite == 0 ? "" : fmt::format("; {} runs were not finite", not_finite)),
        not_finite > 0 ? "a lower lr often helps"
                       : "judge = \"..\" words the class otherwise; [reject] may ask less or allow "
                         "more attempts");
  }

  /// Shortens every class to the share of its count that the worst one has.
  void balance(std::vector<std::vector<Kept>>& kept, const json& classes) const {
    std::size_t worst = 0;
    const auto wanted = [&](std::size_t of) { return std::size_t(spec_.classes[of].count); };
    for (std::size_t of = 0; of < kept.size(); ++of) {
      if (kept[of].empty()) refuse_empty(of, classes[of]["not_finite"].get<int>());
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
                       {"models", plan_.models},        {"plan", identity_of(plan_, contents_)}};
    base::write_file(summary_file(plan_), report_.summary.dump(1) + "\n");
    report_.complete = true;
  }

  const DatasetPlan& plan_;
  const DatasetSpec& spec_;
  const DatasetHands& hands_;
  const DatasetHooks& hooks_;
  json contents_;
  std::vector<Place> places_;
  std::vector<std::string> identities_;
  DatasetReport report_;
};

}  // namespace

DatasetReport make_dataset(const DatasetPlan& plan, const DatasetHands& hands,
                           const DatasetHooks& hooks) {
  return Maker(plan, hands, hooks).make();
}

}  // namespace clipguide::workflow
