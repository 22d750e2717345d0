#pragma once

#include "clipguide/base/torch.h"

namespace clipguide::imaging {

/// Mean squared difference of neighbours along both axes: [N, C, H, W] -> [N].
///   cost  on the CPU one pass over the pictures, and one for the gradient
at::Tensor total_variation(const at::Tensor& pictures);

/// The same by libtorch's operators: the oracle, and what other devices take.
at::Tensor total_variation_by_operators(const at::Tensor& pictures);

}  // namespace clipguide::imaging
