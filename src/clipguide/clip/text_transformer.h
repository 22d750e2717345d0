#pragma once

#include <torch/nn.h>

#include "clipguide/base/torch.h"
#include "clipguide/clip/config.h"
#include "clipguide/clip/transformer.h"

namespace clipguide::clip {

/// CLIP's text encoder: tokens, positions, (causal) transformer, norm, pool, projection.
///   token_ids  [N, L] i64, zero padded; L <= context_length, less only for a causal tower
///   returns    [N, D], before normalisation
///   Source: Radford et al. 2021.
class TextTransformerImpl : public torch::nn::Module {
 public:
  TextTransformerImpl(const TextConfig& config, int embedding, Activation activation,
                      Start start = Start::random);
  at::Tensor forward(const at::Tensor& token_ids);

 private:
  at::Tensor pool(const at::Tensor& tokens, const at::Tensor& token_ids) const;
  void draw_weights();

  TextConfig config_;
  at::Tensor token_embedding_, positional_embedding_, text_projection_;
  Transformer transformer_ = nullptr;
  torch::nn::LayerNorm ln_final_ = nullptr;
};
TORCH_MODULE(TextTransformer);

}  // namespace clipguide::clip
