#include "clipguide/clip/frozen/transformer_weights.h"

#include <cmath>

namespace clipguide::clip::frozen {
namespace {

std::vector<float> to_vector(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

/// A dense layer behind a norm: of what the norm gives before its gain and shift.
struct Folded {
  at::Tensor weight, bias;
  Folded(const at::Tensor& w, const at::Tensor& b, const at::Tensor& gain, const at::Tensor& shift)
      : weight(w * gain), bias(b.defined() ? b + torch::mv(w, shift) : torch::mv(w, shift)) {}
};

}  // namespace

Dense::Dense(const Kernels& kernels, const at::Tensor& weight, const at::Tensor& bias)
    : forward(kernels, weight.t(), bias), backward(kernels, weight) {}

TransformerWeights::TransformerWeights(const PlanSource& source, const Kernels& kernels) {
  const auto get = [&](const std::string& key) { return source.weights.at(key); };
  patch = Dense(kernels, get("conv1.weight").flatten(1));
  const at::Tensor positions = get("positional_embedding").clone();
  positions[0] += get("class_embedding");
  start = to_vector(positions);
  if (source.config.pre_norm)
    pre_gain = to_vector(get("ln_pre.weight")), pre_shift = to_vector(get("ln_pre.bias"));

  const std::int64_t width = source.config.width;
  const double scale = 1 / std::sqrt(double(width / source.config.heads));
  for (int layer = 0; layer < source.config.layers; ++layer) {
    const std::string name = "transformer.resblocks." + std::to_string(layer) + ".";
    const Folded qkv(get(name + "attn.in_proj_weight"), get(name + "attn.in_proj_bias"),
                     get(name + "ln_1.weight"), get(name + "ln_1.bias"));
    qkv.weight.narrow(0, 0, width) *= scale;
    qkv.bias.narrow(0, 0, width) *= scale;
    const Folded widen(get(name + "mlp.c_fc.weight"), get(name + "mlp.c_fc.bias"),
                       get(name + "ln_2.weight"), get(name + "ln_2.bias"));
    const auto scaled = [&](const std::string& dense, const std::string& gamma) {
      at::Tensor weight = get(name + dense + ".weight"), bias = get(name + dense + ".bias");
      if (source.config.layer_scale) {
        const at::Tensor gain = get(name + gamma + ".gamma");
        weight = weight * gain.unsqueeze(1), bias = bias * gain;
      }
      return Dense(kernels, weight, bias);
    };
    blocks.push_back({Dense(kernels, qkv.weight, qkv.bias), scaled("attn.out_proj", "ls_1"),
                      Dense(kernels, widen.weight, widen.bias), scaled("mlp.c_proj", "ls_2")});
  }
  const Folded head(get("proj").t(), {}, get("ln_post.weight"), get("ln_post.bias"));
  projection = Dense(kernels, head.weight, head.bias);
}

}  // namespace clipguide::clip::frozen
