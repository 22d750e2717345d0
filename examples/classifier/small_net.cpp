#include "small_net.h"

#include <torch/optim.h>

#include <cmath>

namespace nn = torch::nn;

SmallNetImpl::SmallNetImpl(int classes) {
  int channels = 3;
  for (int wider : {24, 48, 96}) {
    body_->push_back(nn::Conv2d(nn::Conv2dOptions(channels, wider, 3).padding(1)));
    // Normalised picture by picture: what it learns of one world holds in another.
    body_->push_back(nn::GroupNorm(8, wider));
    body_->push_back(nn::ReLU());
    body_->push_back(nn::MaxPool2d(2));
    channels = wider;
  }
  register_module("body", body_);
  head_ = register_module("head", nn::Linear(channels, classes));
}

at::Tensor SmallNetImpl::forward(const at::Tensor& pictures) {
  const at::Tensor features = body_->forward((pictures - 0.5) / 0.25);
  return head_(features.amax({2, 3}));  // wherever it stands
}

namespace {

at::Tensor random(std::int64_t count, double low, double high) {
  return torch::rand({count}) * (high - low) + low;
}

at::Tensor distorted(const at::Tensor& pictures) {
  const std::int64_t n = pictures.size(0);
  const at::Tensor angle = random(n, -0.35, 0.35), scale = random(n, 0.8, 1.4);
  const at::Tensor mirror = torch::randint(0, 2, {n}).mul(2).sub(1).to(torch::kFloat32);
  const at::Tensor rows = torch::stack(
      {torch::stack({scale * angle.cos() * mirror, -scale * angle.sin(), random(n, -0.2, 0.2)}, 1),
       torch::stack({scale * angle.sin() * mirror, scale * angle.cos(), random(n, -0.2, 0.2)}, 1)},
      1);
  namespace F = torch::nn::functional;
  at::Tensor moved = F::grid_sample(
      pictures, F::affine_grid(rows, pictures.sizes().vec(), /*align_corners=*/false),
      F::GridSampleFuncOptions().padding_mode(torch::kBorder).align_corners(false));
  const auto per_picture = [&](double low, double high) {
    return random(n, low, high).view({n, 1, 1, 1});
  };
  const at::Tensor grey = moved.mean(1, /*keepdim=*/true);
  moved = grey + (moved - grey) * per_picture(0.6, 1.3);                           // saturation
  moved = 0.5 + (moved - 0.5) * per_picture(0.7, 1.3) + per_picture(-0.15, 0.15);  // light
  return (moved + 0.03 * torch::randn_like(moved)).clamp(0, 1);
}

}  // namespace

SmallNet train(const ImageFolder& data, const TrainOptions& options) {
  torch::manual_seed(options.seed);
  SmallNet net(int(data.classes.size()));
  torch::optim::AdamW optimizer(net->parameters(),
                                torch::optim::AdamWOptions(options.lr).weight_decay(0.05));
  const std::int64_t count = data.labels.size(0);
  at::Tensor order;
  std::int64_t next = count;
  for (int step = 0; step < options.steps; ++step) {
    // The rate falls along half a cosine.
    for (auto& group : optimizer.param_groups())
      static_cast<torch::optim::AdamWOptions&>(group.options())
          .lr(options.lr * 0.5 * (1 + std::cos(M_PI * step / options.steps)));
    if (next >= count) order = torch::randperm(count), next = 0;
    const at::Tensor chosen = order.slice(0, next, next + options.batch);
    next += options.batch;
    const at::Tensor logits = net->forward(distorted(data.pictures.index_select(0, chosen)));
    const at::Tensor loss = nn::functional::cross_entropy(
        logits, data.labels.index_select(0, chosen),
        nn::functional::CrossEntropyFuncOptions().label_smoothing(0.1));
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
  return net;
}

double accuracy(SmallNet& net, const ImageFolder& data) {
  const torch::NoGradGuard no_grad;
  constexpr std::int64_t kPortion = 256;
  std::int64_t right = 0;
  for (std::int64_t first = 0; first < data.labels.size(0); first += kPortion) {
    const at::Tensor logits = net->forward(data.pictures.slice(0, first, first + kPortion));
    right += logits.argmax(1)
                 .eq(data.labels.slice(0, first, first + kPortion))
                 .sum()
                 .item<std::int64_t>();
  }
  return double(right) / double(data.labels.size(0));
}
