#pragma once

/// Marks inline functions that CUDA kernels call too.
#ifdef __CUDACC__
#define CLIPGUIDE_BOTH __host__ __device__
#else
#define CLIPGUIDE_BOTH
#endif
