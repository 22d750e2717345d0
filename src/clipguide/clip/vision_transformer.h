#pragma once

#include <torch/nn.h>

#include "clipguide/base/torch.h"
#include "clipguide/clip/config.h"
#include "clipguide/clip/image_tower.h"
#include "clipguide/clip/transformer.h"

namespace clipguide::clip {

/// CLIP's ViT: patches -> width, a class token, positions, transformer, pool, projection.
///   G = image_size_px / patch_px, rounded down; C width; positions [1 + G*G, C], class token
///   first. Source: Dosovitskiy et al. 2020 as changed by Radford et al. 2021 (the norm before the
///   blocks).
class VisionTransformerImpl : public ImageTower {
 public:
  VisionTransformerImpl(const VisionConfig& config, int embedding, Activation activation,
                        Start start = Start::random);
  at::Tensor forward(const at::Tensor& image) override;

 private:
  at::Tensor pool(const at::Tensor& tokens);
  void draw_weights();

  VisionConfig config_;
  at::Tensor patch_weight_, class_embedding_, positional_embedding_, proj_;
  torch::nn::LayerNorm ln_pre_ = nullptr, ln_post_ = nullptr;
  Transformer transformer_ = nullptr;
};
TORCH_MODULE(VisionTransformer);

/// The pixels of each patch, in the order of a convolution's weights: its answer is then one product,
/// and so is its way back.   [N, 3, S, S] -> [N, G*G, 3*P*P]
at::Tensor patch_rows(const at::Tensor& image, int patch_px);

/// Fixed positions [1 + side*side, width]: sines and cosines of the column in the first half of the
/// channels, of the row in the second; zeros for the class token.   Source: He et al. 2021 (MAE).
at::Tensor sin_cos_positions(int side, int width);

}  // namespace clipguide::clip
