#pragma once

#include <string>
#include <vector>

#include "clipguide/base/torch.h"
#include "training/learner.h"

namespace clipguide::training {

struct AscendOptions {
  int steps = 150, views = 4;
  int margin_px = 8;         ///< of the canvas round a view, over which views shift
  double step_length = 1.0;  ///< L2 of the first step on a whole canvas; fades to a tenth
  double noise = 0.05;
  double smoothness = 0.3;  ///< weight of the total variation against the similarity
  std::uint64_t seed = 0;
};

/// A plain look at what a model's gradient draws: pixels climb the similarity, with shifted views
/// and nothing else. For judging a model while it trains, not for making pictures.
///   returns  [P, 3, S, S] in [0, 1] on the CPU
at::Tensor ascend(Model& model, const clip::Tokenizer& tokenizer,
                  const std::vector<std::string>& prompts, const AscendOptions& options);

}  // namespace clipguide::training
