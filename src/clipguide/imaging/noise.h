#pragma once

#include "clipguide/base/random.h"
#include "clipguide/base/torch.h"

/// Random tensors from counter-based streams, f32 on the CPU. The numbers stand in blocks with a
/// child stream each, so they depend on the stream and the size alone, not on the number of
/// threads.
namespace clipguide::imaging {

/// N(0, 1)
at::Tensor normal_tensor(at::IntArrayRef sizes, const base::RandomStream& stream);

/// in [0, 1)
at::Tensor uniform_tensor(at::IntArrayRef sizes, const base::RandomStream& stream);

}  // namespace clipguide::imaging
