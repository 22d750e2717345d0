#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "clipguide/clip/clip_model.h"
#include "clipguide/guide/model_card.h"
#include "clipguide/workflow/run_trace.h"

/// The page that explains a run, or a picture, to a pupil.
namespace clipguide::workflow {

struct ExplainedPrompt {
  std::string text;
  double weight = 1;                                         ///< negative: pushed away
  std::vector<std::pair<std::int64_t, std::string>> tokens;  ///< id and its piece of the text
  std::vector<std::string> unknown;  ///< words that a small model never learned
};

/// The texts of a run with their tokens, the wanted ones first.
///   card  the model's: what it avoids, and whether it knows only whole words
std::vector<ExplainedPrompt> explained_prompts(const guide::RunOptions& options,
                                               const clip::ClipModel& model,
                                               const guide::ModelCard& card);

struct Explanation {
  guide::RunOptions options;
  std::vector<ExplainedPrompt> prompts;
  std::string model;  ///< its name
  int model_side_px = 0;
  std::int64_t embedding = 0;
  // A run and the pure one beside it, or a picture alone. Folders are seen from the page.
  std::optional<RunTrace> guided, pure;
  std::string guided_folder = "guided", pure_folder = "pure";
  std::optional<Moment> seen;
  std::string seen_folder = "seen";
  std::string picture;  ///< name of the picture that is explained; empty for a prompt
};

/// index.html. The same explanation gives the same bytes.
std::string explanation_page(const Explanation& explanation);

}  // namespace clipguide::workflow
