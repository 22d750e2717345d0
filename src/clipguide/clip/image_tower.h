#pragma once

#include <torch/nn.h>

#include <memory>

#include "clipguide/base/torch.h"
#include "clipguide/clip/config.h"
#include "clipguide/clip/start.h"

namespace clipguide::clip {

/// An image encoder.   N batch, S image_size_px, D embedding.
class ImageTower : public torch::nn::Module {
 public:
  /// image [N, 3, S, S], mean and std already applied -> features [N, D], before normalisation.
  virtual at::Tensor forward(const at::Tensor& image) = 0;
};

/// The tower that the config names, on the CPU in f32.
std::shared_ptr<ImageTower> make_image_tower(const VisionConfig& config, int embedding,
                                             Activation activation, Start start = Start::random);

}  // namespace clipguide::clip
