#pragma once

#include <memory>

#include "clipguide/canvas/form_generator.h"
#include "clipguide/kernels/kernels.h"

namespace clipguide::canvas {

/// A generator of forms that never changes again: what it draws, and its gradient to the codes, on
/// the CPU. Rows of channels go through the layers as they do in the frozen towers; an activation
/// leaves its slope behind, which is all that the way back needs. The result does not depend on
/// the number of threads. Memory is kept from call to call.
class FrozenForms {
 public:
  ///   weights  f32, on the CPU, of layers that fit together; not needed afterwards
  FrozenForms(const FormWeights& weights, const kernels::Kernels& kernels);
  ~FrozenForms();

  /// code [M, C] f32, on the CPU -> [M, 4, S, S], as draw_forms; once differentiable to the code.
  at::Tensor draw(const at::Tensor& code) const;

  class Engine;

 private:
  std::shared_ptr<Engine> engine_;  // outlives this where a graph still needs it
};

}  // namespace clipguide::canvas
