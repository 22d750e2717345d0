#include "clipguide/imaging/noise.h"

#include <algorithm>

#include "clipguide/base/parallel.h"
#include "clipguide/imaging/noise_values.h"

namespace clipguide::imaging {
namespace {

using Values = void (*)(const base::RandomStream&, std::int64_t, std::span<float>);

at::Tensor filled(at::IntArrayRef sizes, const base::RandomStream& stream, Values values_of) {
  at::Tensor tensor = torch::empty(sizes, torch::kFloat32);
  float* const values = tensor.data_ptr<float>();
  const std::int64_t count = tensor.numel(), blocks = (count + kNoiseBlock - 1) / kNoiseBlock;
  base::run_parallel(blocks, base::threads(), [&](std::int64_t block) {
    const std::int64_t begin = block * kNoiseBlock, size = std::min(kNoiseBlock, count - begin);
    values_of(stream, begin, std::span(values + begin, std::size_t(size)));
  });
  return tensor;
}

}  // namespace

at::Tensor normal_tensor(at::IntArrayRef sizes, const base::RandomStream& stream) {
  return filled(sizes, stream, normal_values);
}

at::Tensor uniform_tensor(at::IntArrayRef sizes, const base::RandomStream& stream) {
  return filled(sizes, stream, uniform_values);
}

}  // namespace clipguide::imaging
