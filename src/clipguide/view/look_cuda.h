#pragma once

#include "clipguide/view/look_pixels.h"

/// look_pixels.h on a CUDA device: one kernel a pass, none waited for.
///   stream  a cudaStream_t
///   levels  the job's, in the host's memory
///   throws  std::runtime_error when a kernel cannot be launched
namespace clipguide::view::pixels {

void look_cuda(const Job& job, const Level* levels, const float* picture, const Looked& out,
               void* stream);
void look_adjoint_cuda(const Job& job, const Level* levels, const Spread& spread, void* stream);

}  // namespace clipguide::view::pixels
