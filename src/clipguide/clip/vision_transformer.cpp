#include "clipguide/clip/vision_transformer.h"

#include <cmath>

#include "clipguide/clip/modified_resnet.h"

namespace clipguide::clip {
namespace {

/// A module that only carries a `weight`, so that its key reads `<name>.weight`.
class WeightImpl : public torch::nn::Module {
 public:
  explicit WeightImpl(const at::Tensor& value) : weight(register_parameter("weight", value)) {}
  at::Tensor weight;
};
TORCH_MODULE(Weight);

TransformerConfig transformer_config(const VisionConfig& config, Activation activation) {
  return {.width = config.width,
          .heads = config.heads,
          .layers = config.layers,
          .mlp_width = mlp_width(config.width, config.mlp_ratio),
          .layer_scale = config.layer_scale,
          .layer_scale_start = config.layer_scale_start,
          .norm_epsilon = config.norm_epsilon,
          .activation = activation};
}

}  // namespace

VisionTransformerImpl::VisionTransformerImpl(const VisionConfig& config, int embedding,
                                             Activation activation, Start start)
    : config_(config) {
  const int side = config.image_size_px / config.patch_px;
  const auto norm = torch::nn::LayerNormOptions({config.width}).eps(config.norm_epsilon);

  patch_weight_ =
      register_module("conv1",
                      Weight(torch::empty({config.width, 3, config.patch_px, config.patch_px})))
          ->weight;
  class_embedding_ = register_parameter("class_embedding", torch::empty({config.width}));
  positional_embedding_ =
      register_parameter("positional_embedding", torch::empty({side * side + 1, config.width}),
                         !config.fixed_positions);
  if (config.pre_norm) ln_pre_ = register_module("ln_pre", torch::nn::LayerNorm(norm));
  transformer_ =
      register_module("transformer", Transformer(transformer_config(config, activation), start));
  ln_post_ = register_module("ln_post", torch::nn::LayerNorm(norm));
  proj_ = register_parameter("proj", torch::empty({config.width, embedding}));
  if (start == Start::random) draw_weights();
}

void VisionTransformerImpl::draw_weights() {
  const torch::NoGradGuard no_grad;
  const double deviation = std::pow(config_.width, -0.5);
  torch::nn::init::kaiming_uniform_(patch_weight_, std::sqrt(5.0));
  class_embedding_.normal_(0.0, deviation);
  proj_.normal_(0.0, deviation);
  if (config_.fixed_positions) {
    positional_embedding_.copy_(
        sin_cos_positions(config_.image_size_px / config_.patch_px, config_.width));
  } else {
    positional_embedding_.normal_(0.0, deviation);
  }
}

at::Tensor VisionTransformerImpl::forward(const at::Tensor& image) {
  // Cut into patches, each a token: [N, G*G, C].
  at::Tensor tokens =
      image.is_cuda() ? torch::linear(patch_rows(image, config_.patch_px), patch_weight_.flatten(1))
                      : torch::conv2d(image, patch_weight_, /*bias=*/{}, config_.patch_px)
                            .flatten(2)
                            .transpose(1, 2);

  // Put the class token in front and say where each stands.
  const at::Tensor class_token = class_embedding_.expand({image.size(0), 1, config_.width});
  tokens = torch::cat({class_token, tokens}, 1) + positional_embedding_;

  // Let them exchange what they see, and read the picture's embedding off.
  if (!ln_pre_.is_empty()) tokens = ln_pre_->forward(tokens);
  return torch::matmul(pool(transformer_->forward(tokens)), proj_);
}

at::Tensor VisionTransformerImpl::pool(const at::Tensor& tokens) {
  // Each token is normed by itself: pick the class token first, norm only that.
  if (config_.pool == TokenPool::class_token) return ln_post_->forward(tokens.select(1, 0));
  const at::Tensor patches = tokens.slice(1, 1);
  if (config_.norm_after_pool) return ln_post_->forward(patches.mean(1));
  return ln_post_->forward(patches).mean(1);
}

at::Tensor patch_rows(const at::Tensor& image, int patch_px) {
  const std::int64_t side =
      image.size(2) / patch_px;  // what lies beyond the last patch is left out
  return image.narrow(2, 0, side * patch_px)
      .narrow(3, 0, side * patch_px)
      .reshape({image.size(0), 3, side, patch_px, side, patch_px})
      .permute({0, 2, 4, 1, 3, 5})
      .reshape({image.size(0), side * side, 3 * patch_px * patch_px});
}

at::Tensor sin_cos_positions(int side, int width) {
  const int quarter = width / 4;
  const auto f64 = torch::dtype(torch::kFloat64);
  const at::Tensor frequency =
      torch::pow(10000.0, -torch::arange(quarter, f64) / static_cast<double>(quarter));
  const at::Tensor steps = torch::arange(side, f64);
  const auto encode = [&](const at::Tensor& place) {  // [G*G] -> [G*G, C/2]
    const at::Tensor angle = place.unsqueeze(1) * frequency;
    return torch::cat({angle.sin(), angle.cos()}, 1);
  };
  const at::Tensor column = encode(steps.repeat({side}));
  const at::Tensor row = encode(steps.repeat_interleave(side));
  const at::Tensor patches = torch::cat({column, row}, 1);
  return torch::cat({torch::zeros({1, patches.size(1)}, f64), patches}).to(torch::kFloat32);
}

std::shared_ptr<ImageTower> make_image_tower(const VisionConfig& config, int embedding,
                                             Activation activation, Start start) {
  if (config.kind == ImageTowerKind::modified_resnet) {
    return std::make_shared<ModifiedResNetImpl>(config, embedding, start);
  }
  return std::make_shared<VisionTransformerImpl>(config, embedding, activation, start);
}

}  // namespace clipguide::clip
