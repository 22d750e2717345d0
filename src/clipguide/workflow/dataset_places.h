#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "clipguide/workflow/dataset.h"

/// What the parts of a data set are called and depend on. For dataset.cpp.
namespace clipguide::workflow {

/// One place of the set.
struct Place {
  std::size_t of = 0;  ///< class of the spec
  int index = 0;
};

/// All places: the first of each class, then the second, so that an unfinished set is balanced too.
std::vector<Place> places_of(const DatasetSpec& spec);

/// FOLDER/work, and in it the file of a place.
std::filesystem::path work_folder(const DatasetPlan& plan);
std::filesystem::path work_file(const DatasetPlan& plan, const Place& place, const char* extension);

/// FOLDER/dataset.json
std::filesystem::path summary_file(const DatasetPlan& plan);

/// What the files hold that options and ranges name.   throws  IoError;   cost: reads them
nlohmann::json contents_of(const DatasetPlan& plan);

/// Digest of all that the candidates of a class and the judge's words on them depend on, with
/// those contents. What is decided afterwards (counts, the bound on attempts, what counts as a
/// duplicate) may change and leaves them as they are.
std::string identity_of(const DatasetPlan& plan, const DatasetClass& of,
                        const nlohmann::json& contents);

/// And of the set as a whole.
std::string identity_of(const DatasetPlan& plan, const nlohmann::json& contents);

/// Whether the judge's embeddings tell duplicates.
bool compares_by_judge(const DatasetSpec& spec);

/// Whether the first pass has nothing more to do in a place.
bool is_judged(const DatasetSpec& spec, const SlotRecord& record);

}  // namespace clipguide::workflow
