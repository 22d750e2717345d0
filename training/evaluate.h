#pragma once

#include <string>
#include <vector>

#include "clipguide/base/torch.h"
#include "training/learner.h"

/// Zero-shot accuracy on pictures and sentences that training never drew.
namespace clipguide::training {

struct EvaluateOptions {
  int pictures_per_thing = 2;
  int scenes = 1024;  ///< for captions and for backdrops
  int batch = 256;
  Attack attack{1.5, 5};  ///< of the robust figures; radius 0 leaves them out
};

struct Evaluation {
  double things_1 = 0, things_5 = 0;  ///< each thing among all things, top 1 and top 5
  double robust_things_1 = 0;         ///< the same under attack
  double backdrops_1 = 0;             ///< each backdrop among all kinds, the thing being told
  double captions_1 = 0;              ///< the caption among all of the sample
  int things = 0, pictures = 0;
  std::vector<std::string>
      worst;  ///< things that were not named once, with what they were taken for
};

Evaluation evaluate(Model& model, const clip::Tokenizer& tokenizer, const world::World& world,
                    const EvaluateOptions& options);

}  // namespace clipguide::training
