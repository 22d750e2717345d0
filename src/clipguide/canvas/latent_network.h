#pragma once

#include <filesystem>
#include <vector>

#include "clipguide/base/torch.h"

namespace clipguide::canvas {

/// Half of a tiny autoencoder (TAESD and its kin): latents to picture or back, made from the names
/// and shapes in its file. Its weights are frozen.
///   names    `N.weight`, `N.bias`; in blocks `N.conv.{0,2,4}.*`, `N.skip.weight`, and
///            `N.pool.{0,1,3}.*` for a grouped norm; as diffusers has them behind
///            `decoder.layers.` or `encoder.layers.`
///   meaning  a convolution without bias doubles the picture (decoder: nearest, before it) or
///            halves it (encoder: stride 2); latents are bounded by 3 tanh(z / 3); a ReLU follows
///            the decoder's first layer and ends every block.     Source: madebyollin/taesd
enum class Direction { decode, encode };

class LatentNetwork {
 public:
  /// throws  FormatError for a file that is no such network, naming the tensor; IoError
  LatentNetwork(const std::filesystem::path& path, Direction direction, torch::Device device);

  /// [N, C, h, w] -> [N, 3, h * scale, w * scale], around [0, 1] but not bounded; or back. Encoding
  /// takes sides that are multiples of `scale`.
  at::Tensor operator()(const at::Tensor& input) const;

  int latent_channels() const { return latent_channels_; }
  int scale() const { return scale_; }

 private:
  struct Convolution {
    at::Tensor weight, bias;  // no bias: this one changes the size
  };
  struct Layer {
    std::vector<Convolution> convolutions;  // one, or a block's three
    at::Tensor skip;                        // 1 x 1, where a block changes the channels
    at::Tensor pool_in, pool_gain, pool_shift, pool_out;
    bool is_block() const { return convolutions.size() > 1; }
  };

  at::Tensor run_block(const Layer& block, const at::Tensor& input) const;
  void check(const std::string& source);

  Direction direction_;
  std::vector<Layer> layers_;
  int latent_channels_ = 0, scale_ = 1;
};

}  // namespace clipguide::canvas
