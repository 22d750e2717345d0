#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "clipguide/workflow/dataset_record.h"
#include "clipguide/workflow/dataset_spec.h"

/// The forms in which a data set is written (docs/dataset.md).
namespace clipguide::workflow {

/// One picture of the finished set.
struct DatasetPicture {
  const DatasetClass* of = nullptr;
  int label = 0;  ///< place of the class in the order of the names, as readers of folders number
  int index = 0;
  const Attempt* attempt = nullptr;
  std::filesystem::path source;  ///< its file among the candidates
};

/// Label of each class of the spec.
std::vector<int> labels_of(const std::vector<DatasetClass>& classes);

/// Writes the pictures below `folder` and manifest.jsonl, and takes away those of an earlier set
/// that are not in the new one.
///   returns  the files written, from `folder` on
///   throws   IoError
std::vector<std::string> write_dataset_files(const std::filesystem::path& folder,
                                             const DatasetSpec& spec,
                                             const std::vector<DatasetPicture>& pictures);

}  // namespace clipguide::workflow
