#include "training/robust_loss.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

namespace clipguide::training {

at::Tensor shared_targets(const at::Tensor& caption_ids) {
  const at::Tensor same = caption_ids.unsqueeze(0).eq(caption_ids.unsqueeze(1)).to(torch::kFloat32);
  return same / same.sum(1, /*keepdim=*/true);
}

namespace {

/// scores [R, N], or [R, N + E] with E choices that are never right
at::Tensor cross_entropy(const at::Tensor& scores, const at::Tensor& targets) {
  const at::Tensor log_shares = torch::log_softmax(scores, 1).slice(1, 0, targets.size(1));
  return -(targets * log_shares).sum(1).mean();
}

}  // namespace

at::Tensor picture_loss(const at::Tensor& image, const at::Tensor& text,
                        const at::Tensor& logit_scale, const at::Tensor& targets,
                        const at::Tensor& others) {
  const at::Tensor choices = others.defined() ? torch::cat({text, others}) : text;
  const at::Tensor seen = image.to(torch::kFloat32) * logit_scale.exp();
  return cross_entropy(seen.matmul(choices.to(torch::kFloat32).t()), targets);
}

at::Tensor contrastive_loss(const at::Tensor& image, const at::Tensor& text,
                            const at::Tensor& logit_scale, const at::Tensor& targets,
                            const at::Tensor& others) {
  const at::Tensor written = text.to(torch::kFloat32) * logit_scale.exp();
  return 0.5 * (picture_loss(image, text, logit_scale, targets, others) +
                cross_entropy(written.matmul(image.to(torch::kFloat32).t()), targets));
}

at::Tensor names_loss(const at::Tensor& image, const at::Tensor& names,
                      const at::Tensor& logit_scale, const at::Tensor& classes) {
  const at::Tensor known = classes.ge(0);
  const at::Tensor seen = image.to(torch::kFloat32) * logit_scale.exp();
  const at::Tensor log_shares = torch::log_softmax(seen.matmul(names.to(torch::kFloat32).t()), 1);
  const at::Tensor own = log_shares.gather(1, classes.clamp_min(0).unsqueeze(1)).squeeze(1);
  return -(own * known).sum() / known.sum().clamp_min(1);
}

double batch_accuracy(const at::Tensor& image, const at::Tensor& text, const at::Tensor& targets) {
  const at::Tensor nearest =
      image.to(torch::kFloat32).matmul(text.to(torch::kFloat32).t()).argmax(1, /*keepdim=*/true);
  return targets.gather(1, nearest).gt(0).to(torch::kFloat32).mean().item<double>();
}

namespace {

at::Tensor norms(const at::Tensor& picture) {
  return picture.flatten(1).norm(2, 1).clamp_min(1e-12).view({-1, 1, 1, 1});
}

}  // namespace

at::Tensor attacked(const at::Tensor& picture, const Attack& attack, std::uint64_t seed,
                    const std::function<at::Tensor(const at::Tensor&)>& loss) {
  if (attack.radius <= 0) return picture;
  // The same numbers on every device: they are drawn on the CPU.
  at::Generator generator = at::detail::createCPUGenerator(seed);
  at::Tensor start = torch::randn(picture.sizes(), generator).to(picture.device());
  const at::Tensor length = torch::rand({picture.size(0), 1, 1, 1}, generator).to(picture.device());
  at::Tensor shift = start / norms(start) * length * attack.radius;

  // Several steps reach past the ball's radius together, so that the start is forgotten.
  const double step = attack.steps == 1 ? attack.radius : 2.5 * attack.radius / attack.steps;
  for (int i = 0; i < attack.steps; ++i) {
    const at::Tensor moved = (picture + shift).clamp(0, 1).detach().requires_grad_();
    const at::Tensor gradient = torch::autograd::grad({loss(moved)}, {moved})[0];
    const torch::NoGradGuard no_grad;
    shift = moved - picture + step * gradient / norms(gradient);
    shift = shift * (attack.radius / norms(shift)).clamp_max(1);
  }
  return (picture + shift).clamp(0, 1).detach();
}

}  // namespace clipguide::training
