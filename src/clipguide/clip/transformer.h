#pragma once

#include <torch/nn.h>

#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/clip/config.h"
#include "clipguide/clip/start.h"

/// The residual attention stack that CLIP's text and image transformers share. Modules carry the
/// key names of OpenAI's and open_clip's checkpoints.   N batch, L tokens, C width, H heads.
/// Source: Radford et al. 2021 (arXiv 2103.00020).
namespace clipguide::clip {

struct TransformerConfig {
  int width = 512;
  int heads = 8;
  int layers = 12;
  int mlp_width = 2048;
  bool layer_scale = false;
  double layer_scale_start = 1e-4;  ///< the gammas before training
  double norm_epsilon = 1e-5;
  Activation activation = Activation::gelu;
};

/// y = x W^T + b with the weights left empty: torch::nn::Linear would draw them first.
class DenseImpl : public torch::nn::Module {
 public:
  DenseImpl(int in, int out);
  at::Tensor forward(const at::Tensor& x) const { return torch::linear(x, weight, bias); }

  at::Tensor weight, bias;
};
TORCH_MODULE(Dense);

/// softmax(Q K^T / sqrt(C / H) + mask) V over heads.
///   x        [N, L, C]
///   mask     [L, L], added to the scores; undefined: none
///   returns  [N, L, C]
class AttentionImpl : public torch::nn::Module {
 public:
  AttentionImpl(int width, int heads);
  at::Tensor forward(const at::Tensor& x, const at::Tensor& mask) const;

  at::Tensor in_proj_weight, in_proj_bias;  ///< Q, K and V one under the other, [3C, C] and [3C]
  Dense out_proj = nullptr;

 private:
  int heads_;
};
TORCH_MODULE(Attention);

/// C -> mlp_width -> C.
class MlpImpl : public torch::nn::Module {
 public:
  MlpImpl(int width, int mlp_width, Activation activation);
  at::Tensor forward(const at::Tensor& x) const;

  Dense c_fc = nullptr, c_proj = nullptr;

 private:
  Activation activation_;
};
TORCH_MODULE(Mlp);

/// A trained gain a channel on a residual branch.
class LayerScaleImpl : public torch::nn::Module {
 public:
  LayerScaleImpl(int width, double start);
  at::Tensor forward(const at::Tensor& x) const { return x * gamma; }

  at::Tensor gamma;
};
TORCH_MODULE(LayerScale);

/// x + attention(norm(x)), then x + mlp(norm(x)).
class ResidualBlockImpl : public torch::nn::Module {
 public:
  explicit ResidualBlockImpl(const TransformerConfig& config);
  at::Tensor forward(at::Tensor x, const at::Tensor& mask);

  torch::nn::LayerNorm ln_1 = nullptr, ln_2 = nullptr;
  Attention attn = nullptr;
  Mlp mlp = nullptr;
  LayerScale ls_1 = nullptr, ls_2 = nullptr;  ///< empty unless config.layer_scale
};
TORCH_MODULE(ResidualBlock);

///   x        [N, L, C]
///   returns  [N, L, C]
class TransformerImpl : public torch::nn::Module {
 public:
  TransformerImpl(const TransformerConfig& config, Start start);
  at::Tensor forward(at::Tensor x, const at::Tensor& mask = {});

 private:
  std::vector<ResidualBlock> blocks_;
};
TORCH_MODULE(Transformer);

}  // namespace clipguide::clip
