#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "clipguide/guide/seen_object.h"
#include "clipguide/workflow/fingerprint.h"

/// What became of the tries at one picture of a data set, kept beside it so that nothing is made or
/// judged twice.
namespace clipguide::workflow {

/// What the judge said. Whether a picture repeats an earlier one is another question, asked later.
/// not_finite: there was no picture to ask about, its run's numbers had left the finite ones.
enum class Ruling { passed, unlike, mistaken, not_finite };

struct Attempt {
  int number = 0;  ///< from 0
  std::string prompt;
  std::uint64_t seed = 0;
  nlohmann::json drawn = nlohmann::json::object();
  double similarity = 0;        ///< to its prompt, by the optimised models
  double judge_similarity = 0;  ///< to its class's text
  std::string judged_as;        ///< the class that the judge ranks first
  Ruling ruling = Ruling::passed;
  int repeats = -1;  ///< index of an earlier picture of the class that it nearly equals
  int width_px = 0, height_px = 0;
  std::string sha256;       ///< of the file; empty unless passed
  Fingerprint fingerprint;  ///< likewise
  /// What it shows of a collage's objects, where that is known.
  std::optional<std::vector<guide::SeenObject>> objects;
};

struct SlotRecord {
  std::string identity;  ///< digest of all that the attempts depend on, but for
  std::string models;    ///< that of the models; empty in records of versions that had none
  std::vector<Attempt> attempts;

  bool any_passed() const;
};

std::string_view name_of(Ruling ruling);

/// The record at `path`; an empty one of this identity and these models where there is none, or one
/// of others or one that cannot be read.
SlotRecord read_slot(const std::filesystem::path& path, const std::string& identity,
                     const std::string& models);

/// Whether what was made with some models goes for others: digests, of which an empty one is not
/// known.
bool are_same_models(const std::string& made_with, const std::string& models);

/// Whole or not at all.   throws  IoError
void write_slot(const std::filesystem::path& path, const SlotRecord& record);

/// What dataset.json tells of a class: attempts, why they were not let in, places given up.
nlohmann::json no_counts();
void add_counts(const SlotRecord& record, bool is_kept, nlohmann::json& counts);

}  // namespace clipguide::workflow
