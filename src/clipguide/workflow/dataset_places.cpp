#include "clipguide/workflow/dataset_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "clipguide/base/file.h"
#include "clipguide/guide/named_files.h"
#include "clipguide/weights/checksum.h"

namespace clipguide::workflow {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kRulesVersion = 1;  // of how pictures are drawn and let in: other rules, other sets
constexpr std::size_t kLargestSummary = std::size_t(64) << 20;

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

std::vector<Place> places_of(const DatasetSpec& spec) {
  int most = 0;
  for (const DatasetClass& of : spec.classes) most = std::max(most, of.count);
  std::vector<Place> places;
  for (int index = 0; index < most; ++index)
    for (std::size_t of = 0; of < spec.classes.size(); ++of)
      if (index < spec.classes[of].count) places.push_back({of, index});
  return places;
}

fs::path work_folder(const DatasetPlan& plan) { return plan.folder / "work"; }

fs::path work_file(const DatasetPlan& plan, const Place& place, const char* extension) {
  return work_folder(plan) / plan.spec.classes[place.of].name /
         fmt::format("{:06}{}", place.index, extension);
}

fs::path summary_file(const DatasetPlan& plan) { return plan.folder / "dataset.json"; }

bool compares_by_judge(const DatasetSpec& spec) {
  return spec.duplicates.measure == DuplicateRule::Measure::judge;
}

bool is_judged(const DatasetSpec& spec, const SlotRecord& record) {
  return record.any_passed() || int(record.attempts.size()) >= spec.rejection.attempts;
}

json contents_of(const DatasetPlan& plan) {
  json contents = guide::contents_of(plan.options);
  for (const OptionRange& range : plan.spec.ranges)
    if (json held = range.contents(); !held.empty()) contents["ranges"][range.name()] = held;
  return contents;
}

std::string identity_of(const DatasetPlan& plan, const DatasetClass& of, const json& contents) {
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
              {"fingerprint", compares_by_judge(spec) ? "judge" : "hash"}};
  for (const PromptTemplate& prompt : of.prompts) all["prompts"].push_back(prompt.text());
  for (const OptionRange& range : spec.ranges) all["ranges"].push_back(range.identity());
  if (!contents.empty()) all["contents"] = contents;
  if (spec.rejection.min_similarity) all["min_similarity"] = *spec.rejection.min_similarity;
  for (const DatasetClass& other : spec.classes) all["classes"].push_back(other.judge);
  return weights::sha256_of(all.dump());
}

std::string identity_of(const DatasetPlan& plan, const json& contents) {
  const DatasetSpec& spec = plan.spec;
  json all = {{"format", spec.format},
              {"pictures_per_tar", spec.pictures_per_tar},
              {"balance", spec.balance},
              {"attempts", spec.rejection.attempts},
              {"duplicates", int(spec.duplicates.measure)},
              {"within_bits", spec.duplicates.within_bits},
              {"cosine", spec.duplicates.cosine}};
  for (const DatasetClass& of : spec.classes)
    all["classes"].push_back({of.name, of.count, identity_of(plan, of, contents)});
  return weights::sha256_of(all.dump());
}

int missing_places(const DatasetPlan& plan) {
  const json contents = contents_of(plan);
  int missing = 0;
  for (std::size_t of = 0; of < plan.spec.classes.size(); ++of) {
    const std::string identity = identity_of(plan, plan.spec.classes[of], contents);
    for (int index = 0; index < plan.spec.classes[of].count; ++index)
      missing += !is_judged(
          plan.spec, read_slot(work_file(plan, {of, index}, ".json"), identity, plan.models));
  }
  return missing;
}

std::optional<DatasetReport> finished_dataset(const DatasetPlan& plan) {
  std::error_code ignored;
  const fs::path path = summary_file(plan);
  if (!fs::exists(path, ignored)) return std::nullopt;
  const json summary =
      json::parse(base::read_file(path, kLargestSummary), nullptr, /*allow_exceptions=*/false);
  if (!summary.is_object() ||
      summary.value("plan", json()) != identity_of(plan, contents_of(plan)) ||
      !are_same_models(summary.value("models", ""), plan.models) || !has_all_files(plan.folder))
    return std::nullopt;
  DatasetReport report;
  report.complete = true;
  report.places = plan.spec.picture_count();
  report.summary = summary;
  return report;
}

}  // namespace clipguide::workflow
