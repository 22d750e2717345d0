#pragma once

#include "clipguide/base/torch.h"

namespace clipguide::objective {

/// Inner products [.., K] of embeddings [.., D] with texts [K, D]: cosines, for unit lengths. The
/// same bits for any number of threads. Differentiable to the embeddings.
at::Tensor likeness(const at::Tensor& embeddings, const at::Tensor& texts);

}  // namespace clipguide::objective
