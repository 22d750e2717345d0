#include "clipguide/workflow/dataset_record.h"

#include <algorithm>
#include <array>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"

namespace clipguide::workflow {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestRecord = std::size_t(64) << 20;
constexpr std::array<std::string_view, 4> kRulings = {"passed", "unlike", "mistaken", "not_finite"};

json to_json(const Attempt& attempt) {
  json row = {{"attempt", attempt.number},
              {"prompt", attempt.prompt},
              {"seed", attempt.seed},
              {"drawn", attempt.drawn},
              {"similarity", attempt.similarity},
              {"judge_similarity", attempt.judge_similarity},
              {"judged_as", attempt.judged_as},
              {"ruling", name_of(attempt.ruling)}};
  if (attempt.ruling != Ruling::passed) return row;
  row["width"] = attempt.width_px;
  row["height"] = attempt.height_px;
  row["sha256"] = attempt.sha256;
  row["fingerprint"] = workflow::to_json(attempt.fingerprint);
  if (attempt.repeats >= 0) row["repeats"] = attempt.repeats;
  if (attempt.objects) row["objects"] = guide::to_json(*attempt.objects);
  return row;
}

Attempt attempt_of(const json& row) {
  Attempt read;
  read.number = row.at("attempt").get<int>();
  read.prompt = row.at("prompt").get<std::string>();
  read.seed = row.at("seed").get<std::uint64_t>();
  read.drawn = row.at("drawn");
  read.similarity = row.at("similarity").get<double>();
  read.judge_similarity = row.at("judge_similarity").get<double>();
  read.judged_as = row.at("judged_as").get<std::string>();
  const auto ruling =
      std::find(kRulings.begin(), kRulings.end(), row.at("ruling").get<std::string>());
  if (ruling == kRulings.end()) throw base::FormatError("ruling");
  read.ruling = Ruling(ruling - kRulings.begin());
  if (read.ruling != Ruling::passed) return read;
  read.width_px = row.at("width").get<int>();
  read.height_px = row.at("height").get<int>();
  read.sha256 = row.at("sha256").get<std::string>();
  read.fingerprint = fingerprint_of(row.at("fingerprint"));
  read.repeats = row.value("repeats", -1);
  if (row.contains("objects")) read.objects = guide::seen_objects_of(row["objects"]);
  return read;
}

}  // namespace

bool SlotRecord::any_passed() const {
  return std::any_of(attempts.begin(), attempts.end(),
                     [](const Attempt& attempt) { return attempt.ruling == Ruling::passed; });
}

std::string_view name_of(Ruling ruling) { return kRulings[std::size_t(ruling)]; }

bool are_same_models(const std::string& made_with, const std::string& models) {
  return made_with.empty() || models.empty() || made_with == models;
}

SlotRecord read_slot(const std::filesystem::path& path, const std::string& identity,
                     const std::string& models) {
  SlotRecord record;
  record.identity = identity;
  record.models = models;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return record;
  try {
    const json file = json::parse(base::read_file(path, kLargestRecord));
    if (file.at("identity") != identity || !are_same_models(file.value("models", ""), models))
      return record;
    for (const json& row : file.at("attempts")) record.attempts.push_back(attempt_of(row));
  } catch (const base::IoError&) {
    throw;                           // a disk that cannot be read is no reason to begin anew
  } catch (const std::exception&) {  // damaged: its attempts are made again
    record.attempts.clear();
  }
  return record;
}

void write_slot(const std::filesystem::path& path, const SlotRecord& record) {
  json file = {{"identity", record.identity}, {"attempts", json::array()}};
  if (!record.models.empty()) file["models"] = record.models;
  for (const Attempt& attempt : record.attempts) file["attempts"].push_back(to_json(attempt));
  base::write_file(path, file.dump() + "\n");
}

json no_counts() {
  json counts = json::object();
  for (const char* key : {"attempts", "unlike", "mistaken", "not_finite", "repeated", "given_up"})
    counts[key] = 0;
  return counts;
}

void add_counts(const SlotRecord& record, bool is_kept, json& counts) {
  const auto add = [&](const std::string& key) { counts[key] = counts[key].get<int>() + 1; };
  for (const Attempt& attempt : record.attempts) {
    add("attempts");
    if (attempt.ruling != Ruling::passed) add(std::string(name_of(attempt.ruling)));
    if (attempt.repeats >= 0) add("repeated");
  }
  if (!is_kept) add("given_up");
}

}  // namespace clipguide::workflow
