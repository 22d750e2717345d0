#pragma once

#include <span>

#include "clipguide/base/torch.h"
#include "clipguide/view/view_options.h"

namespace clipguide::view {

/// Disturbs what views show: colour, grey, erasing, noise, in this order, each from a named child
/// of the view's stream; then clips if so asked. Differentiable.
///   views     [N, V, 3, S, S] in [0, 1]
///   streams   N * V of them, the views' own
///   progress  in [0, 1]
at::Tensor disturb(const ViewOptions& options, const at::Tensor& views,
                   std::span<const base::RandomStream> streams, double progress);

}  // namespace clipguide::view
