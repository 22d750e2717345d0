#include "clipguide/clip/frozen/resnet_weights.h"

#include <string>

namespace clipguide::clip::frozen {
namespace {

constexpr double kNormEpsilon = 1e-5;

Convolution fold(const PlanSource& source, const PlanKernels& kernels,
                 const std::string& convolution, const std::string& norm) {
  at::Tensor weight;
  const auto there = [&] {
    // In f64: the fold happens once.
    const auto get = [&](const std::string& key) {
      return source.weights.at(key).to(torch::kFloat64);
    };
    const at::Tensor gain =
        get(norm + ".weight") / (get(norm + ".running_var") + kNormEpsilon).sqrt();
    const at::Tensor bias = get(norm + ".bias") - get(norm + ".running_mean") * gain;
    weight = get(convolution + ".weight") * gain.view({-1, 1, 1, 1});
    // The stem's first is a product of columns: its stride is theirs. Others are [taps, in, out].
    const at::Tensor turned =
        convolution == "conv1" ? weight.flatten(1).t() : weight.permute({2, 3, 1, 0}).flatten(0, 1);
    return WeightPacker::Parts{turned.to(torch::kFloat32).contiguous(), bias.to(torch::kFloat32)};
  };
  const auto back = [&] {  // with the taps turned round
    const at::Tensor turned = convolution == "conv1"
                                  ? weight.flatten(1)
                                  : weight.flip({2, 3}).permute({2, 3, 0, 1}).flatten(0, 1);
    return WeightPacker::Parts{turned.to(torch::kFloat32).contiguous(), {}};
  };
  Convolution conv;
  conv.forward = source.packer->matrix(*kernels.forward, there);
  conv.backward = source.packer->matrix(*kernels.backward, back);
  conv.in = conv.backward.panels().columns;
  conv.out = conv.forward.panels().columns;
  conv.wide = conv.forward.panels().taps > 1;
  return conv;
}

}  // namespace

ResNetWeights::ResNetWeights(const PlanSource& source, const PlanKernels& kernels) {
  for (int i = 0; i < 3; ++i) {
    const std::string number = std::to_string(i + 1);
    stem[i] = fold(source, kernels, "conv" + number, "bn" + number);
  }
  int side = source.config.image_size_px / 4;
  for (int stage = 0; stage < 4; ++stage)
    for (int i = 0; i < source.config.stages[std::size_t(stage)]; ++i) {
      const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i) + ".";
      Bottleneck block;
      block.one = fold(source, kernels, name + "conv1", name + "bn1");
      block.two = fold(source, kernels, name + "conv2", name + "bn2");
      block.three = fold(source, kernels, name + "conv3", name + "bn3");
      if (i == 0)  // where the number of channels changes
        block.shortcut = fold(source, kernels, name + "downsample.0", name + "downsample.1");
      block.side = side;
      block.halves = stage > 0 && i == 0;
      if (block.halves) side /= 2;
      blocks.push_back(std::move(block));
    }
}

}  // namespace clipguide::clip::frozen
