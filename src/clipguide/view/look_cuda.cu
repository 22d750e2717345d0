#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

#include "clipguide/view/look_cuda.h"

namespace clipguide::view::pixels {
namespace {

template <class Body>
__global__ void run_each(std::int64_t count, Body body) {
  const std::int64_t index = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (index < count) body(index);
}

struct OnStream {
  cudaStream_t stream;

  template <class Body>
  void operator()(std::int64_t count, const Body& body) const {
    constexpr int kThreads = 256;
    if (count == 0) return;
    run_each<<<unsigned((count + kThreads - 1) / kThreads), kThreads, 0, stream>>>(count, body);
    if (const cudaError_t error = cudaGetLastError(); error != cudaSuccess)
      throw std::runtime_error(std::string("view: expected a CUDA kernel to start, got: ") +
                               cudaGetErrorString(error));
  }
};

}  // namespace

void look_cuda(const Job& job, const Level* levels, const float* picture, const Looked& out,
               void* stream) {
  look(job, levels, picture, out, OnStream{static_cast<cudaStream_t>(stream)});
}

void look_adjoint_cuda(const Job& job, const Level* levels, const Spread& spread, void* stream) {
  look_adjoint(job, levels, spread, OnStream{static_cast<cudaStream_t>(stream)});
}

}  // namespace clipguide::view::pixels
