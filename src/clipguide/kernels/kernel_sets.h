#pragma once

#include "clipguide/kernels/kernels.h"

/// The tables of kernels, one a source file, each compiled for its instruction set.
namespace clipguide::kernels {

extern const Kernels kPortableKernels;
#if defined(__x86_64__)
extern const Kernels kAvx2Kernels, kAvx512Kernels, kAvx512Bf16Kernels, kAmxKernels,
    kAmxSplitKernels;
#endif

}  // namespace clipguide::kernels
