#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "clipguide/guide/run_options.h"
#include "clipguide/workflow/option_range.h"
#include "clipguide/workflow/prompt_template.h"
#include "clipguide/workflow/spec_file.h"

/// What a data set shall hold: the spec file of `clipguide dataset` (docs/dataset.md).
namespace clipguide::workflow {

struct DatasetClass {
  std::string name;   ///< and of its folder
  std::string judge;  ///< what the judge compares a picture to: "a picture of an apple"
  int count = 0;
  std::vector<PromptTemplate> prompts;
  std::map<std::string, std::vector<std::string>> slots;  ///< "class" among them
};

/// Which candidates do not get in.
struct Rejection {
  std::optional<double> min_similarity;  ///< to the class's own text, by the judge
  bool judge_first = true;               ///< the judge must rank the class first among all
  int attempts = 4;                      ///< candidates a picture, all reasons taken together
};

/// When two pictures of a class count as one.
struct DuplicateRule {
  enum class Measure { none, hash, judge };
  Measure measure = Measure::hash;
  int within_bits = 4;   ///< of the 64 of difference_hash
  double cosine = 0.98;  ///< of the judge's embeddings, or more
};

struct DatasetSpec {
  std::string preset = "default";
  std::uint64_t seed = 0;
  std::string format = "imagefolder";  ///< imagefolder, webdataset, coco
  int pictures_per_tar = 1000;
  bool balance = true;  ///< a class that falls short shortens the others
  std::vector<DatasetClass> classes;
  nlohmann::json options = nlohmann::json::object();  ///< run options by name, for every picture
  std::vector<OptionRange> ranges;
  Rejection rejection;
  DuplicateRule duplicates;

  /// Sets the run options of the spec, over those of its preset.
  void apply_options(guide::RunOptions& options) const;
  int picture_count() const;
};

/// throws  UsageError of one line for a spec that cannot be carried out; as SpecTable::read
DatasetSpec read_dataset_spec(const std::filesystem::path& path);
DatasetSpec dataset_spec_of(const SpecTable& root);

/// One try at a picture: everything about it follows from the spec's seed, the class's name, the
/// picture's index in the class and the number of the attempt.
struct Candidate {
  guide::RunOptions options;
  nlohmann::json drawn = nlohmann::json::object();  ///< options from ranges, by name
};
Candidate draw_candidate(const DatasetSpec& spec, const guide::RunOptions& shared,
                         const DatasetClass& of, int index, int attempt);

}  // namespace clipguide::workflow
