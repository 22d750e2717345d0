#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/guide/guide.h"
#include "clipguide/guide/run_options.h"

namespace clipguide::guide {

/// The best pictures so far by similarity to the views.
struct BestPicture {
  at::Tensor picture;     ///< [N, 3, H, W] with margin; undefined before the first step
  at::Tensor similarity;  ///< [N]

  /// Takes over each picture whose similarity is higher than any before.
  void offer(const at::Tensor& candidate, const at::Tensor& candidate_similarity);
};

/// Everything a run needs to go on to the same bits, on the same machine. On disk: a safetensors
/// file whose metadata holds the options, so that other tools can read it too.
struct Snapshot {
  RunOptions options;
  GuideState state;
  std::vector<at::Tensor> parameters;  ///< the canvas's
  std::vector<at::Tensor> targets;     ///< prompt embeddings, one a model, to know it again
  BestPicture best;
};

/// Whole or not at all: a crash leaves the old file or the new one.   throws  IoError
void save(const Snapshot& snapshot, const std::filesystem::path& path);

/// throws  IoError, FormatError for a file that is no snapshot, or of another version
Snapshot load_snapshot(const std::filesystem::path& path);

}  // namespace clipguide::guide
