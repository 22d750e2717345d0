#include "clipguide/imaging/noise.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

namespace clipguide::imaging {
namespace {

// About a millisecond's work. Part of the definition of the numbers: never change it.
constexpr std::int64_t kBlock = 32768;

using Fill = void (base::RandomStream::*)(std::span<float>);

// Threads of its own: at::parallel_for runs serially in code that is not compiled with OpenMP.
at::Tensor filled(at::IntArrayRef sizes, const base::RandomStream& stream, Fill fill) {
  at::Tensor tensor = torch::empty(sizes, torch::kFloat32);
  float* const values = tensor.data_ptr<float>();
  const std::int64_t count = tensor.numel(), blocks = (count + kBlock - 1) / kBlock;
  std::atomic<std::int64_t> next = 0;
  const auto work = [&] {
    for (std::int64_t block; (block = next++) < blocks;) {
      const std::int64_t begin = block * kBlock, size = std::min(kBlock, count - begin);
      base::RandomStream part = stream.at(std::uint64_t(block));
      (part.*fill)(std::span(values + begin, std::size_t(size)));
    }
  };
  std::vector<std::jthread> helpers;
  const std::int64_t workers = std::min<std::int64_t>(at::get_num_threads(), blocks);
  for (std::int64_t i = 1; i < workers; ++i) helpers.emplace_back(work);
  work();
  helpers.clear();
  return tensor;
}

}  // namespace

at::Tensor normal_tensor(at::IntArrayRef sizes, const base::RandomStream& stream) {
  return filled(sizes, stream, &base::RandomStream::fill_normal);
}

at::Tensor uniform_tensor(at::IntArrayRef sizes, const base::RandomStream& stream) {
  return filled(sizes, stream, &base::RandomStream::fill_uniform);
}

}  // namespace clipguide::imaging
