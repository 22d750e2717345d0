#pragma once

#include <functional>
#include <vector>

#include "clipguide/base/torch.h"

namespace clipguide::canvas {

/// Brings `loss` down over the leaves by Adam, the rate falling as a half cosine to 1%: for
/// canvases that can come close to a picture only by trying. Nothing in it is random.
///   leaves  trainable tensors, changed in place
///   loss    scalar; is given the number of the step, from 0
void descend(const std::vector<at::Tensor>& leaves, double lr, int steps,
             const std::function<at::Tensor(int step)>& loss);

}  // namespace clipguide::canvas
