#include "clipguide/clip/towers.h"

#include <cmath>

namespace clipguide::clip {
namespace {

void collect(const torch::nn::Module& module, const std::string& prefix,
             std::map<std::string, at::Tensor>& tensors) {
  for (const auto& item : module.named_parameters()) tensors[prefix + item.key()] = item.value();
  for (const auto& item : module.named_buffers()) {
    if (item.key().ends_with("num_batches_tracked")) continue;
    tensors[prefix + item.key()] = item.value();
  }
}

}  // namespace

Towers::Towers(const ClipConfig& config, Start start)
    : image(make_image_tower(config.vision, config.embedding, config.activation, start)),
      text(config.text, config.embedding, config.activation, start),
      // CLIP's start, a temperature of 0.07.
      logit_scale(torch::tensor(static_cast<float>(std::log(1 / 0.07)))) {
  logit_scale.requires_grad_();
}

std::map<std::string, at::Tensor> Towers::tensors() const {
  std::map<std::string, at::Tensor> tensors;
  collect(*image, "visual.", tensors);
  collect(*text, "", tensors);
  tensors["logit_scale"] = logit_scale;
  if (logit_bias.defined()) tensors["logit_bias"] = logit_bias;
  return tensors;
}

}  // namespace clipguide::clip
