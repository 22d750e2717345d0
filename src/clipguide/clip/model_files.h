#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "clipguide/weights/tensor_store.h"

namespace clipguide::clip {

/// The files that make up one model.
struct ModelFiles {
  std::vector<std::filesystem::path> weights;  ///< one, or the shards of an index
  std::filesystem::path config;                ///< empty: to be inferred from the weights
  std::filesystem::path preprocessor;          ///< Hugging Face's, or empty
  std::string name;                            ///< for tables and messages
};

/// Finds them in a model folder (open_clip's first, then Hugging Face's), or beside a weight file
/// of either's usual name.
///   throws  IoError naming what was looked for
ModelFiles find_model_files(const std::filesystem::path& path);

/// Opens all weight files as one.
///   throws  FormatError, also for a tensor that stands in two shards; LimitError, IoError
weights::TensorStore open_all(const ModelFiles& files, const std::string& source);

}  // namespace clipguide::clip
