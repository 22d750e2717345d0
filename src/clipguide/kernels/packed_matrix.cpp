#include "clipguide/kernels/packed_matrix.h"

#include <cstring>

namespace clipguide::kernels {
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
  struct Buffers {
    Buffer weight, bias;
  };
  const auto buffers = std::make_shared<Buffers>();
  buffers->weight = Buffer(std::size_t(taps * depth * width) * kernels.element_bytes());
  kernels.pack_rows(elements.data(), columns, int(taps * depth), int(columns),
                    buffers->weight.data());
  panels_.data = buffers->weight.data();
  if (bias.defined()) {
    buffers->bias = Buffer(std::size_t(width) * sizeof(float));
    const at::Tensor values = bias.contiguous();
    std::memcpy(buffers->bias.data(), values.data_ptr<float>(),
                std::size_t(columns) * sizeof(float));
    bias_ = reinterpret_cast<const float*>(buffers->bias.data());
  }
  owner_ = buffers;
}

}  // namespace clipguide::kernels
