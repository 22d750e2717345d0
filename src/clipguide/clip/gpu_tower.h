#pragma once

#include <memory>

#include "clipguide/base/log.h"
#include "clipguide/base/torch.h"
#include "clipguide/clip/image_tower.h"
#include "clipguide/clip/tower_options.h"

namespace clipguide::clip {

/// An image tower that will never change, on a CUDA device: its matrices in bf16, and for each
/// number of pictures the whole way there and the whole way back captured as a CUDA graph, so that
/// a call is one launch.   N pictures, S side, D embedding.
///
/// A ModifiedResNet stays in f32, its convolutions in TF32 where the device has it: rounding in
/// front of a ReLU costs the gradient whole numbers (docs/design/frozen-towers.md).
class GpuTower {
 public:
  /// Takes the module over.
  ///   mean, std  of the pixels, [1, 3, 1, 1] on the device
  ///   precision  automatic: bf16 where the device multiplies it
  GpuTower(std::shared_ptr<ImageTower> module, bool is_transformer, at::Tensor mean, at::Tensor std,
           Precision precision, base::LogSink log);
  ~GpuTower();

  /// picture [N, 3, S, S] f32 in [0, 1] on the device -> features [N, D] f32; differentiable once.
  at::Tensor encode(const at::Tensor& picture_srgb) const;

 private:
  class Engine;
  std::shared_ptr<Engine> engine_;
};

}  // namespace clipguide::clip
