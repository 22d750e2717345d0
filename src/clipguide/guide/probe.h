#pragma once

#include "clipguide/guide/guide.h"

namespace clipguide::guide {

/// What one step saw in a picture, and what it asked for.
///   N pictures, V views, S side of the first model's input, H W pixels with the canvas's margin
struct Probe {
  at::Tensor views;       ///< [N, V, 3, S, S], as the first model saw them
  at::Tensor similarity;  ///< [N, V], of each view alone, over the models
  at::Tensor gradient;    ///< [N, 3, H, W], d loss / d picture of the prompts alone;
                          ///< the picture gets warmer against it
};

/// Looks at a picture again as step `step` (steps done, from 0) looked at it: the same views, to
/// the bit. Terms on the picture alone (tv, range..) are left out of the gradient, the canvas too.
///   picture  [N, 3, H, W], as in StepEvent; N seeds
///   cost     about a step and a half; nothing for a run that is not probed
Probe probe(const GuideOptions& options, const GuideParts& parts, const at::Tensor& picture,
            int step);

}  // namespace clipguide::guide
