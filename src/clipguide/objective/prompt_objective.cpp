#include "clipguide/objective/prompt_objective.h"

#include "clipguide/base/error.h"

namespace clipguide::objective {
namespace {

// |a - b| / 2 for unit vectors, from their cosine. The floor keeps the root's gradient finite when
// the two meet.
at::Tensor half_chord(const at::Tensor& cosine) {
  return ((1 - cosine) / 2).clamp_min(1e-7).sqrt();
}

at::Tensor distance_from_cosine(const at::Tensor& cosine, Distance distance) {
  if (distance == Distance::cosine) return 1 - cosine;
  return 2 * half_chord(cosine).clamp_max(1 - 1e-7).asin().square();
}

}  // namespace

PromptObjective::PromptObjective(std::vector<PromptTargets> targets, std::vector<PromptPull> pulls,
                                 Distance distance)
    : targets_(std::move(targets)), distance_(distance) {
  std::vector<float> weights, stops;
  for (const PromptPull& pull : pulls) {
    weights.push_back(float(pull.weight));
    stops.push_back(float(pull.stop));
  }
  weights_ = torch::tensor(weights);
  stops_ = torch::tensor(stops);
  for (const PromptTargets& target : targets_) {
    if (target.embeddings.dim() != 2 || target.embeddings.size(0) != weights_.size(0))
      base::throw_error<base::ShapeError>("prompts: expected {} embeddings a model, got {}",
                                          pulls.size(), target.embeddings.size(0));
    total_model_weight_ += target.model_weight;
    weights_ = weights_.to(target.embeddings.device());
    stops_ = stops_.to(target.embeddings.device());
  }
}

at::Tensor PromptObjective::loss(const Evidence& evidence) const {
  at::Tensor total;
  for (std::size_t m = 0; m < targets_.size(); ++m) {
    const at::Tensor cosine =
        torch::matmul(evidence.embeddings[m], targets_[m].embeddings.t());  // [N, V, P]
    const at::Tensor away = distance_from_cosine(cosine, distance_) * weights_.sign();
    // At its stop a prompt keeps its value and loses its pull.
    const at::Tensor pulling = torch::where(away > stops_, away, away.detach());
    const at::Tensor loss = (pulling.mean(1) * weights_.abs()).sum(-1);  // [N]
    const at::Tensor share = loss * (targets_[m].model_weight / total_model_weight_);
    total = total.defined() ? total + share : share;
  }
  return total;
}

at::Tensor PromptObjective::similarity(const Evidence& evidence) const {
  const at::Tensor wanted = weights_.clamp_min(0);
  at::Tensor total;
  for (std::size_t m = 0; m < targets_.size(); ++m) {
    const at::Tensor cosine =
        torch::matmul(evidence.embeddings[m], targets_[m].embeddings.t()).mean(1);  // [N, P]
    const at::Tensor share = (cosine * wanted).sum(-1) / wanted.sum().clamp_min(1e-12) *
                             (targets_[m].model_weight / total_model_weight_);
    total = total.defined() ? total + share : share;
  }
  return total;
}

}  // namespace clipguide::objective
