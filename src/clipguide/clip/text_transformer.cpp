#include "clipguide/clip/text_transformer.h"

#include <cmath>
#include <limits>

namespace clipguide::clip {
namespace {

/// A lookup table, its weight left empty.
class TableImpl : public torch::nn::Module {
 public:
  TableImpl(int rows, int width)
      : weight(register_parameter("weight", torch::empty({rows, width}))) {}
  at::Tensor weight;
};
TORCH_MODULE(Table);

// A token may look at itself and back: minus infinity above the diagonal.
at::Tensor causal_mask(std::int64_t tokens, const at::TensorOptions& options) {
  return torch::full({tokens, tokens}, -std::numeric_limits<double>::infinity(), options).triu(1);
}

}  // namespace

TextTransformerImpl::TextTransformerImpl(const TextConfig& config, int embedding,
                                         Activation activation, Start start)
    : config_(config) {
  token_embedding_ =
      register_module("token_embedding", Table(config.vocabulary, config.width))->weight;
  positional_embedding_ = register_parameter("positional_embedding",
                                             torch::empty({config.context_length, config.width}));
  transformer_ = register_module(
      "transformer",
      Transformer(TransformerConfig{.width = config.width,
                                    .heads = config.heads,
                                    .layers = config.layers,
                                    .mlp_width = mlp_width(config.width, config.mlp_ratio),
                                    .layer_scale = config.layer_scale,
                                    .layer_scale_start = config.layer_scale_start,
                                    .norm_epsilon = config.norm_epsilon,
                                    .activation = activation},
                  start));
  ln_final_ = register_module(
      "ln_final",
      torch::nn::LayerNorm(torch::nn::LayerNormOptions({config.width}).eps(config.norm_epsilon)));
  text_projection_ = register_parameter("text_projection", torch::empty({config.width, embedding}));
  if (start == Start::random) draw_weights();
}

void TextTransformerImpl::draw_weights() {
  const torch::NoGradGuard no_grad;
  token_embedding_.normal_(0.0, 0.02);
  positional_embedding_.normal_(0.0, 0.01);
  text_projection_.normal_(0.0, std::pow(config_.width, -0.5));
}

at::Tensor TextTransformerImpl::forward(const at::Tensor& token_ids) {
  // Texts may come cut after the longest of them: what follows the end token changes nothing.
  at::Tensor tokens = torch::embedding(token_embedding_, token_ids) +
                      positional_embedding_.slice(0, 0, token_ids.size(1));
  const at::Tensor mask =
      config_.causal ? causal_mask(tokens.size(1), tokens.options()) : at::Tensor();
  tokens = transformer_->forward(tokens, mask);
  // The norm is a token's own: pool first, norm only what is kept.
  return torch::matmul(ln_final_->forward(pool(tokens, token_ids)), text_projection_);
}

at::Tensor TextTransformerImpl::pool(const at::Tensor& tokens, const at::Tensor& token_ids) const {
  if (config_.pool == TokenPool::first) return tokens.select(1, 0);
  if (config_.pool == TokenPool::last) return tokens.select(1, -1);
  // The end token: the first place of its id, or of the largest id, which it is in CLIP's
  // vocabulary.
  const at::Tensor place = config_.end_id < 0
                               ? token_ids.argmax(1)
                               : token_ids.eq(config_.end_id).to(torch::kInt32).argmax(1);
  return tokens.index({torch::arange(tokens.size(0), place.options()), place});
}

}  // namespace clipguide::clip
