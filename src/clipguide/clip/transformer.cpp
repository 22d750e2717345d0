#include "clipguide/clip/transformer.h"

#include <torch/version.h>

#include <cmath>
#include <optional>

namespace clipguide::clip {
namespace {

at::Tensor activate(const at::Tensor& x, Activation activation) {
  if (activation == Activation::quick_gelu) return x * torch::sigmoid(1.702 * x);
  return torch::gelu(x);
}

torch::nn::LayerNorm layer_norm(const TransformerConfig& config) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({config.width}).eps(config.norm_epsilon));
}

// Deviations after OpenAI's code: the two projections that write into the residual stream shrink
// with the number of writes, 2 a layer, so that the stream's variance does not grow with depth.
void draw_weights(ResidualBlockImpl& block, const TransformerConfig& config) {
  const double width = config.width;
  const double write_deviation = std::pow(width, -0.5) * std::pow(2.0 * config.layers, -0.5);
  torch::nn::init::normal_(block.attn->in_proj_weight, 0.0, std::pow(width, -0.5));
  torch::nn::init::normal_(block.attn->out_proj->weight, 0.0, write_deviation);
  torch::nn::init::normal_(block.mlp->c_fc->weight, 0.0, std::pow(2.0 * width, -0.5));
  torch::nn::init::normal_(block.mlp->c_proj->weight, 0.0, write_deviation);
  for (const at::Tensor& bias : {block.attn->in_proj_bias, block.attn->out_proj->bias,
                                 block.mlp->c_fc->bias, block.mlp->c_proj->bias}) {
    torch::nn::init::zeros_(bias);
  }
}

}  // namespace

DenseImpl::DenseImpl(int in, int out)
    : weight(register_parameter("weight", torch::empty({out, in}))),
      bias(register_parameter("bias", torch::empty({out}))) {}

AttentionImpl::AttentionImpl(int width, int heads)
    : in_proj_weight(register_parameter("in_proj_weight", torch::empty({3 * width, width}))),
      in_proj_bias(register_parameter("in_proj_bias", torch::empty({3 * width}))),
      out_proj(register_module("out_proj", Dense(width, width))),
      heads_(heads) {}

at::Tensor AttentionImpl::forward(const at::Tensor& x, const at::Tensor& mask) const {
  const std::int64_t batch = x.size(0), tokens = x.size(1), width = x.size(2);
  const std::int64_t head_width = width / heads_;

  // Project to queries, keys and values a head: 3 x [N, H, L, C/H].
  const auto qkv = torch::linear(x, in_proj_weight, in_proj_bias)
                       .view({batch, tokens, 3, heads_, head_width})
                       .permute({2, 0, 3, 1, 4})
                       .unbind(0);

#if TORCH_VERSION_MAJOR >= 2
  if (x.is_cuda()) {  // one kernel, which keeps no scores
    std::optional<at::Tensor> added;
    if (mask.defined()) added = mask.to(qkv[0].scalar_type());
    const at::Tensor mixed = at::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], added);
    return out_proj->forward(mixed.transpose(1, 2).reshape({batch, tokens, width}));
  }
#endif

  // Compare every token with every other; scaling the queries is cheaper than the scores.
  at::Tensor scores = torch::matmul(qkv[0] * (1.0 / std::sqrt(static_cast<double>(head_width))),
                                    qkv[1].transpose(-2, -1));
  if (mask.defined()) scores = scores + mask;

  // Mix the values and join the heads.
  const at::Tensor mixed = torch::matmul(scores.softmax(-1), qkv[2]);
  return out_proj->forward(mixed.transpose(1, 2).reshape({batch, tokens, width}));
}

MlpImpl::MlpImpl(int width, int mlp_width, Activation activation)
    : c_fc(register_module("c_fc", Dense(width, mlp_width))),
      c_proj(register_module("c_proj", Dense(mlp_width, width))),
      activation_(activation) {}

at::Tensor MlpImpl::forward(const at::Tensor& x) const {
  return c_proj->forward(activate(c_fc->forward(x), activation_));
}

LayerScaleImpl::LayerScaleImpl(int width, double start)
    : gamma(register_parameter("gamma", torch::full({width}, start))) {}

ResidualBlockImpl::ResidualBlockImpl(const TransformerConfig& config)
    : ln_1(register_module("ln_1", layer_norm(config))),
      ln_2(register_module("ln_2", layer_norm(config))),
      attn(register_module("attn", Attention(config.width, config.heads))),
      mlp(register_module("mlp", Mlp(config.width, config.mlp_width, config.activation))) {
  if (config.layer_scale) {
    ls_1 = register_module("ls_1", LayerScale(config.width, config.layer_scale_start));
    ls_2 = register_module("ls_2", LayerScale(config.width, config.layer_scale_start));
  }
}

at::Tensor ResidualBlockImpl::forward(at::Tensor x, const at::Tensor& mask) {
  at::Tensor branch = attn->forward(ln_1->forward(x), mask);
  x = x + (ls_1.is_empty() ? branch : ls_1->forward(branch));
  branch = mlp->forward(ln_2->forward(x));
  return x + (ls_2.is_empty() ? branch : ls_2->forward(branch));
}

TransformerImpl::TransformerImpl(const TransformerConfig& config, Start start) {
  torch::nn::ModuleList list;
  for (int layer = 0; layer < config.layers; ++layer) {
    ResidualBlock block(config);
    if (start == Start::random) draw_weights(*block, config);
    blocks_.push_back(block);
    list->push_back(block);
  }
  register_module("resblocks", list);
}

at::Tensor TransformerImpl::forward(at::Tensor x, const at::Tensor& mask) {
  for (ResidualBlock& block : blocks_) x = block->forward(x, mask);
  return x;
}

}  // namespace clipguide::clip
