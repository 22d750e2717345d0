#pragma once

#include <memory>

#include "clipguide/base/torch.h"
#include "clipguide/kernels/buffer.h"
#include "clipguide/kernels/kernels.h"
#include "clipguide/kernels/rows.h"

namespace clipguide::kernels {

/// Weights as the kernels read them, packed once. Copies share them.
class PackedMatrix {
 public:
  PackedMatrix() = default;

  ///   weight  [K, N] or, for a convolution, [9, K, N]; f32
  ///   bias    [N], or undefined
  PackedMatrix(const Kernels& kernels, const at::Tensor& weight, const at::Tensor& bias = {});

  /// What was packed before and lies elsewhere.
  ///   bias   whole panels, or null
  ///   owner  keeps both alive
  PackedMatrix(const Panels& panels, const float* bias, std::shared_ptr<const void> owner)
      : owner_(std::move(owner)), panels_(panels), bias_(bias) {}

  const Panels& panels() const { return panels_; }
  const float* bias() const { return bias_; }

 private:
  std::shared_ptr<const void> owner_;
  Panels panels_;
  const float* bias_ = nullptr;
};

}  // namespace clipguide::kernels
