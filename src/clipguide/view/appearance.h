#pragma once

#include <span>

#include "clipguide/base/torch.h"
#include "clipguide/view/disturbance.h"

namespace clipguide::view {

/// Disturbs views by libtorch's own operators: serves what no kernel does, and is the oracle of
/// look.h. Differentiable.
///   views    [N, V, 3, S, S] in [0, 1]
at::Tensor disturb(const Disturbance& what, const at::Tensor& views);

}  // namespace clipguide::view
