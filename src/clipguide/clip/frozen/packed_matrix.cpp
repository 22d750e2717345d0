#include "clipguide/clip/frozen/packed_matrix.h"

#include <cstring>

namespace clipguide::clip::frozen {
namespace {

std::int64_t whole(std::int64_t count, std::int64_t of) { return (count + of - 1) / of * of; }

}  // namespace

PackedMatrix::PackedMatrix(const Kernels& kernels, const at::Tensor& weight,
                           const at::Tensor& bias) {
  const std::int64_t taps = weight.dim() == 3 ? weight.size(0) : 1;
  const std::int64_t rows = weight.size(-2), columns = weight.size(-1);
  const std::int64_t depth = whole(rows, kernels.depth_multiple);
  const std::int64_t width = whole(columns, kernels.panel);
  panels_ = {nullptr, int(taps), int(depth), int(columns)};

  // Pad every tap to the depth, round, cut into panels.
  const at::Tensor padded =
      at::constant_pad_nd(weight.view({taps, rows, columns}), {0, 0, 0, depth - rows}).contiguous();
  const Buffer elements(std::size_t(padded.numel()) * kernels.element_bytes());
  for (std::int64_t r = 0; r < taps * depth; ++r)
    kernels.narrow(padded.data_ptr<float>() + r * columns, columns,
                   elements.data() + std::size_t(r * columns) * kernels.element_bytes());
  weight_ = Buffer(std::size_t(taps * depth * width) * kernels.element_bytes());
  kernels.pack_rows(elements.data(), columns, int(taps * depth), int(columns), weight_.data());
  panels_.data = weight_.data();

  if (!bias.defined()) return;
  bias_ = Buffer(std::size_t(width) * sizeof(float));
  const at::Tensor values = bias.contiguous();
  std::memcpy(bias_.data(), values.data_ptr<float>(), std::size_t(columns) * sizeof(float));
}

}  // namespace clipguide::clip::frozen
