#pragma once

#include "clipguide/base/torch.h"
#include "clipguide/clip/frozen/buffer.h"
#include "clipguide/clip/frozen/kernels.h"

namespace clipguide::clip::frozen {

/// Weights as the kernels read them, packed once.
class PackedMatrix {
 public:
  PackedMatrix() = default;

  ///   weight  [K, N] or, for a convolution, [9, K, N]; f32
  ///   bias    [N], or undefined
  PackedMatrix(const Kernels& kernels, const at::Tensor& weight, const at::Tensor& bias = {});

  const Panels& panels() const { return panels_; }
  const float* bias() const {
    return bias_.size() ? reinterpret_cast<float*>(bias_.data()) : nullptr;
  }

 private:
  Buffer weight_, bias_;
  Panels panels_;
};

}  // namespace clipguide::clip::frozen
