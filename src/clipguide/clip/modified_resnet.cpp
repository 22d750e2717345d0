#include "clipguide/clip/modified_resnet.h"

#include <cmath>
#include <string>

namespace clipguide::clip {

ConvolutionImpl::ConvolutionImpl(int in, int out, int kernel, int stride)
    : weight(register_parameter("weight", torch::empty({out, in, kernel, kernel}))),
      stride_(stride),
      padding_((kernel - 1) / 2) {}

BottleneckImpl::BottleneckImpl(int in, int channels, int stride)
    : conv1(register_module("conv1", Convolution(in, channels, 1))),
      conv2(register_module("conv2", Convolution(channels, channels, 3))),
      conv3(register_module("conv3", Convolution(channels, channels * kExpansion, 1))),
      bn1(register_module("bn1", torch::nn::BatchNorm2d(channels))),
      bn2(register_module("bn2", torch::nn::BatchNorm2d(channels))),
      bn3(register_module("bn3", torch::nn::BatchNorm2d(channels * kExpansion))),
      stride_(stride) {
  if (stride == 1 && in == channels * kExpansion) return;
  torch::nn::Sequential shortcut;
  shortcut->push_back("-1", torch::nn::AvgPool2d(stride));
  shortcut->push_back("0", Convolution(in, channels * kExpansion, 1));
  shortcut->push_back("1", torch::nn::BatchNorm2d(channels * kExpansion));
  downsample = register_module("downsample", shortcut);
}

at::Tensor BottleneckImpl::forward(const at::Tensor& x) {
  at::Tensor branch = torch::relu(bn1->forward(conv1->forward(x)));
  branch = torch::relu(bn2->forward(conv2->forward(branch)));
  if (stride_ > 1) branch = torch::avg_pool2d(branch, stride_);
  branch = bn3->forward(conv3->forward(branch));
  return torch::relu(branch + (downsample.is_empty() ? x : downsample->forward(x)));
}

AttentionPoolImpl::AttentionPoolImpl(int side, int width, int heads, int embedding)
    : positional_embedding(
          register_parameter("positional_embedding", torch::empty({side * side + 1, width}))),
      q_proj(register_module("q_proj", Dense(width, width))),
      k_proj(register_module("k_proj", Dense(width, width))),
      v_proj(register_module("v_proj", Dense(width, width))),
      c_proj(register_module("c_proj", Dense(width, embedding))),
      heads_(heads) {}

at::Tensor AttentionPoolImpl::forward(const at::Tensor& x) const {
  // Places as tokens, their mean in front: [N, 1 + G*G, C].
  at::Tensor tokens = x.flatten(2).transpose(1, 2);
  tokens = torch::cat({tokens.mean(1, /*keepdim=*/true), tokens}, 1) + positional_embedding;

  // Ask with the mean alone: the other queries' answers would be thrown away.
  const std::int64_t batch = tokens.size(0), width = tokens.size(2), head_width = width / heads_;
  const auto split = [&](const at::Tensor& projected) {  // [N, L, C] -> [N, H, L, C/H]
    return projected.view({batch, -1, heads_, head_width}).transpose(1, 2);
  };
  const at::Tensor query = split(q_proj->forward(tokens.slice(1, 0, 1)));
  const at::Tensor key = split(k_proj->forward(tokens));
  const at::Tensor value = split(v_proj->forward(tokens));
  const at::Tensor scores = torch::matmul(
      query * (1.0 / std::sqrt(static_cast<double>(head_width))), key.transpose(-2, -1));

  // Mix the values, join the heads, project: [N, D].
  return c_proj->forward(torch::matmul(scores.softmax(-1), value).reshape({batch, width}));
}

ModifiedResNetImpl::ModifiedResNetImpl(const VisionConfig& config, int embedding, Start start) {
  const int width = config.width;
  conv1_ = register_module("conv1", Convolution(3, width / 2, 3, /*stride=*/2));
  bn1_ = register_module("bn1", torch::nn::BatchNorm2d(width / 2));
  conv2_ = register_module("conv2", Convolution(width / 2, width / 2, 3));
  bn2_ = register_module("bn2", torch::nn::BatchNorm2d(width / 2));
  conv3_ = register_module("conv3", Convolution(width / 2, width, 3));
  bn3_ = register_module("bn3", torch::nn::BatchNorm2d(width));

  channels_ = width;
  for (int stage = 0; stage < 4; ++stage) {
    stages_.push_back(register_module(
        "layer" + std::to_string(stage + 1),
        make_stage(width << stage, config.stages[stage], /*stride=*/stage == 0 ? 1 : 2)));
  }
  attnpool_ = register_module(
      "attnpool", AttentionPool(config.image_size_px / 32, channels_, config.heads, embedding));
  if (start == Start::random) draw_weights();
}

torch::nn::Sequential ModifiedResNetImpl::make_stage(int channels, int blocks, int stride) {
  torch::nn::Sequential stage;
  for (int block = 0; block < blocks; ++block) {
    stage->push_back(Bottleneck(channels_, channels, block == 0 ? stride : 1));
    channels_ = channels * BottleneckImpl::kExpansion;
  }
  return stage;
}

void ModifiedResNetImpl::draw_weights() {
  const torch::NoGradGuard no_grad;
  for (const auto& module : modules(/*include_self=*/false)) {
    if (auto* convolution = module->as<ConvolutionImpl>()) {
      torch::nn::init::kaiming_uniform_(convolution->weight, std::sqrt(5.0));
    } else if (auto* bottleneck = module->as<BottleneckImpl>()) {
      bottleneck->bn3->weight.zero_();  // every block starts as the identity
    }
  }
  const double deviation = std::pow(channels_, -0.5);
  attnpool_->positional_embedding.normal_(0.0, deviation);
  for (const Dense& dense :
       {attnpool_->q_proj, attnpool_->k_proj, attnpool_->v_proj, attnpool_->c_proj}) {
    dense->weight.normal_(0.0, deviation);
    dense->bias.zero_();
  }
}

at::Tensor ModifiedResNetImpl::forward(const at::Tensor& image) {
  at::Tensor x = torch::relu(bn1_->forward(conv1_->forward(image)));
  x = torch::relu(bn2_->forward(conv2_->forward(x)));
  x = torch::relu(bn3_->forward(conv3_->forward(x)));
  x = torch::avg_pool2d(x, 2);
  for (torch::nn::Sequential& stage : stages_) x = stage->forward(x);
  return attnpool_->forward(x);
}

}  // namespace clipguide::clip
