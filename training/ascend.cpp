#include "training/ascend.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <numbers>

namespace clipguide::training {

at::Tensor ascend(Model& model, const clip::Tokenizer& tokenizer,
                  const std::vector<std::string>& prompts, const AscendOptions& options) {
  model.train(false);
  const int side = model.config().vision.image_size_px, canvas = side + 2 * options.margin_px;
  const std::int64_t count = std::int64_t(prompts.size());
  at::Generator generator = at::detail::createCPUGenerator(options.seed);
  const auto normal = [&](at::IntArrayRef shape) {
    return torch::randn(shape, generator).to(model.device());
  };
  at::Tensor text;
  {
    const torch::NoGradGuard no_grad;
    text =
        model.text_features(token_ids_of(tokenizer, prompts, model.config().text.context_length));
  }
  at::Tensor picture = (0.6 + 0.02 * normal({count, 3, canvas, canvas})).clamp(0, 1);
  for (int step = 0; step < options.steps; ++step) {
    const at::Tensor x = picture.detach().requires_grad_();
    at::Tensor similarity = torch::zeros({}, x.options());
    for (int view = 0; view < options.views; ++view) {
      const at::Tensor at = torch::randint(0, 2 * options.margin_px + 1, {2}, generator);
      const std::int64_t top = at[0].item<std::int64_t>(), left = at[1].item<std::int64_t>();
      at::Tensor seen = x.slice(2, top, top + side).slice(3, left, left + side);
      seen = (seen + options.noise * normal(seen.sizes())).clamp(0, 1);
      similarity = similarity + (model.image_features(seen) * text).sum();
    }
    const at::Tensor variation =
        (x.diff(1, 2).square().sum() + x.diff(1, 3).square().sum()) / (canvas * canvas);
    const at::Tensor gain = similarity / options.views - options.smoothness * variation * 100;
    const at::Tensor gradient = torch::autograd::grad({gain}, {x})[0];
    const at::Tensor length = gradient.flatten(1).norm(2, 1).clamp_min(1e-12).view({-1, 1, 1, 1});
    const double fade = 0.1 + 0.45 * (1 + std::cos(std::numbers::pi * step / options.steps));
    picture = (x.detach() + options.step_length * fade * gradient / length).clamp(0, 1);
  }
  return picture.slice(2, options.margin_px, options.margin_px + side)
      .slice(3, options.margin_px, options.margin_px + side)
      .cpu();
}

}  // namespace clipguide::training
