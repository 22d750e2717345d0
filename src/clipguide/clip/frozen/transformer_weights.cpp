#include "clipguide/clip/frozen/transformer_weights.h"

#include <cmath>

namespace clipguide::clip::frozen {
namespace {

/// A dense layer behind a norm: of what the norm gives before its gain and shift.
struct Folded : WeightPacker::Parts {
  Folded(const at::Tensor& w, const at::Tensor& b, const at::Tensor& gain, const at::Tensor& shift)
      : Parts{w * gain, b.defined() ? b + torch::mv(w, shift) : torch::mv(w, shift)} {}
};

}  // namespace

Dense::Dense(WeightPacker& packer, const Kernels& kernels, const WeightPacker::Make& make) {
  WeightPacker::Parts parts;
  forward = packer.matrix(kernels, [&] {
    parts = make();
    return WeightPacker::Parts{parts.weight.t(), parts.bias};
  });
  backward = packer.matrix(kernels, [&] { return WeightPacker::Parts{parts.weight, {}}; });
}

TransformerWeights::TransformerWeights(const PlanSource& source, const Kernels& kernels) {
  using Parts = WeightPacker::Parts;
  WeightPacker& packer = *source.packer;
  const auto get = [&](const std::string& key) { return source.weights.at(key); };
  const auto dense = [&](const WeightPacker::Make& make) { return Dense(packer, kernels, make); };

  patch = dense([&] { return Parts{get("conv1.weight").flatten(1), {}}; });
  start = packer.vector([&] {
    const at::Tensor positions = get("positional_embedding").clone();
    positions[0] += get("class_embedding");
    return positions;
  });
  if (source.config.pre_norm) {
    pre_gain = packer.vector([&] { return get("ln_pre.weight"); });
    pre_shift = packer.vector([&] { return get("ln_pre.bias"); });
  }

  const std::int64_t width = source.config.width;
  const double scale = 1 / std::sqrt(double(width / source.config.heads));
  for (int layer = 0; layer < source.config.layers; ++layer) {
    const std::string name = "transformer.resblocks." + std::to_string(layer) + ".";
    BlockWeights block;
    block.qkv = dense([&] {
      const Folded qkv(get(name + "attn.in_proj_weight"), get(name + "attn.in_proj_bias"),
                       get(name + "ln_1.weight"), get(name + "ln_1.bias"));
      qkv.weight.narrow(0, 0, width) *= scale;
      qkv.bias.narrow(0, 0, width) *= scale;
      return qkv;
    });
    const auto scaled = [&](const std::string& layer_name, const std::string& gamma) {
      return dense([&] {
        at::Tensor weight = get(name + layer_name + ".weight");
        at::Tensor bias = get(name + layer_name + ".bias");
        if (source.config.layer_scale) {
          const at::Tensor gain = get(name + gamma + ".gamma");
          weight = weight * gain.unsqueeze(1), bias = bias * gain;
        }
        return Parts{weight, bias};
      });
    };
    block.out = scaled("attn.out_proj", "ls_1");
    block.widen = dense([&] {
      return Folded(get(name + "mlp.c_fc.weight"), get(name + "mlp.c_fc.bias"),
                    get(name + "ln_2.weight"), get(name + "ln_2.bias"));
    });
    block.narrow = scaled("mlp.c_proj", "ls_2");
    blocks.push_back(std::move(block));
  }
  projection = dense(
      [&] { return Folded(get("proj").t(), {}, get("ln_post.weight"), get("ln_post.bias")); });
}

}  // namespace clipguide::clip::frozen
