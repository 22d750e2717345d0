#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

namespace clipguide::canvas {

struct NamedParameter {
  std::string name;
  at::Tensor tensor;  ///< leaf, requires_grad, first dimension N
};

/// What is optimised: parameters that render a batch of pictures.   N pictures, H W pixels.
///
/// Laws (tests/canvas): render stays in [0, 1] and has the shape asked for; every parameter gets a
/// finite, non-zero gradient; fit() reproduces a photograph; save and load is the identity.
class Canvas {
 public:
  virtual ~Canvas() = default;

  /// All trainable tensors, always in the same order.
  virtual const std::vector<NamedParameter>& parameters() const = 0;

  /// [N, 3, H, W] f32, sRGB in [0, 1], differentiable to the parameters.
  virtual at::Tensor render() const = 0;

  /// Sets the parameters so that render() comes as close to `picture` [N or 1, 3, H, W] as it can.
  virtual void fit(const at::Tensor& picture) = 0;

  /// Coarse to fine: lets only the part of an update through that draws detail up to `bandwidth`,
  /// a share of the highest frequency in (0, 1]. 1 returns the update as it is.
  virtual at::Tensor limit_update(std::size_t parameter, const at::Tensor& update,
                                  double bandwidth) const = 0;
};

}  // namespace clipguide::canvas
