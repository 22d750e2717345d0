#pragma once

#include "clipguide/base/torch.h"

namespace clipguide::imaging {

/// Clamps to [0, 1]; backward lets a gradient through wherever the value is inside, and outside
/// only where the descent step it stands for would bring the value back in. A plain clamp would
/// leave pixels that once went out stuck there.   Source: the "clamp with grad" of the CLIP
/// notebooks.
at::Tensor clamp_unit(const at::Tensor& values);

/// What its backward gives, by libtorch's operators: the oracle, and what other devices take.
at::Tensor clamp_unit_gradient_by_operators(const at::Tensor& values, const at::Tensor& gradient);

}  // namespace clipguide::imaging
