#pragma once

#include <torch/nn.h>

#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/clip/config.h"
#include "clipguide/clip/image_tower.h"
#include "clipguide/clip/transformer.h"

/// CLIP's ResNet: a stem of three convolutions, strides that average before they skip, and
/// attention instead of the last average.   N batch, C channels, G = image_size_px / 32. Source:
/// Radford et al. 2021, with ResNet-D (He et al. 2019) and Zhang 2019.
namespace clipguide::clip {

/// A convolution without bias, its weight left empty.
class ConvolutionImpl : public torch::nn::Module {
 public:
  ConvolutionImpl(int in, int out, int kernel, int stride = 1);  ///< padding (kernel - 1) / 2
  at::Tensor forward(const at::Tensor& x) {  // not const: torch::nn::Sequential's rule
    return torch::conv2d(x, weight, /*bias=*/{}, stride_, padding_);
  }

  at::Tensor weight;

 private:
  int stride_, padding_;
};
TORCH_MODULE(Convolution);

/// 1x1, 3x3, 1x1 to four times `channels`, added to the (averaged and projected) input.
class BottleneckImpl : public torch::nn::Module {
 public:
  static constexpr int kExpansion = 4;

  BottleneckImpl(int in, int channels, int stride);
  at::Tensor forward(const at::Tensor& x);

  Convolution conv1 = nullptr, conv2 = nullptr, conv3 = nullptr;
  torch::nn::BatchNorm2d bn1 = nullptr, bn2 = nullptr, bn3 = nullptr;
  torch::nn::Sequential downsample = nullptr;  ///< "-1" average, "0" 1x1, "1" norm; or empty

 private:
  int stride_;
};
TORCH_MODULE(Bottleneck);

/// Attention whose only query is the mean of all places: [N, C, G, G] -> [N, D].
class AttentionPoolImpl : public torch::nn::Module {
 public:
  AttentionPoolImpl(int side, int width, int heads, int embedding);
  at::Tensor forward(const at::Tensor& x) const;

  at::Tensor positional_embedding;  ///< [1 + G*G, C], the mean's first
  Dense q_proj = nullptr, k_proj = nullptr, v_proj = nullptr, c_proj = nullptr;

 private:
  int heads_;
};
TORCH_MODULE(AttentionPool);

/// Reads of its config: image_size_px (a multiple of 32), width, stages, heads.
class ModifiedResNetImpl : public ImageTower {
 public:
  ModifiedResNetImpl(const VisionConfig& config, int embedding, Start start = Start::random);
  at::Tensor forward(const at::Tensor& image) override;

 private:
  torch::nn::Sequential make_stage(int channels, int blocks, int stride);
  void draw_weights();

  int channels_ = 0;  // out of the stage built last
  Convolution conv1_ = nullptr, conv2_ = nullptr, conv3_ = nullptr;
  torch::nn::BatchNorm2d bn1_ = nullptr, bn2_ = nullptr, bn3_ = nullptr;
  std::vector<torch::nn::Sequential> stages_;
  AttentionPool attnpool_ = nullptr;
};
TORCH_MODULE(ModifiedResNet);

}  // namespace clipguide::clip
