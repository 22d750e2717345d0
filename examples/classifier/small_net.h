#pragma once

#include <torch/nn.h>

#include "image_folder.h"

/// A small convolutional network that learns classes from few pictures.
struct TrainOptions {
  int steps = 300, batch = 64;
  double lr = 2e-3;
  std::uint64_t seed = 0;  ///< of weights, order and distortions
};

class SmallNetImpl : public torch::nn::Module {
 public:
  explicit SmallNetImpl(int classes);
  /// [N, 3, S, S] in [0, 1] -> [N, classes] logits; S a multiple of 8
  at::Tensor forward(const at::Tensor& pictures);

 private:
  torch::nn::Sequential body_;
  torch::nn::Linear head_{nullptr};
};
TORCH_MODULE(SmallNet);

/// A network trained on these pictures, distorted anew each time they are seen: mirrored, turned,
/// scaled, moved, with other light and colours.
SmallNet train(const ImageFolder& data, const TrainOptions& options);

/// Share of the pictures that it names rightly.
double accuracy(SmallNet& net, const ImageFolder& data);
