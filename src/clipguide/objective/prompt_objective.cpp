#include "clipguide/objective/prompt_objective.h"

#include <algorithm>

#include "clipguide/base/error.h"
#include "clipguide/objective/likeness.h"

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
    : targets_(std::move(targets)), pulls_(std::move(pulls)), distance_(distance) {
  std::vector<float> weights, stops;
  for (const PromptPull& pull : pulls_) {
    weights.push_back(float(pull.weight));
    stops.push_back(float(pull.stop));
  }
  weights_ = torch::tensor(weights);
  stops_ = torch::tensor(stops);
  for (const PromptTargets& target : targets_) {
    if (target.embeddings.dim() != 2 || target.embeddings.size(0) != weights_.size(0))
      base::throw_error<base::ShapeError>("prompts: expected {} embeddings a model, got {}",
                                          pulls_.size(), target.embeddings.size(0));
    total_model_weight_ += target.model_weight;
    weights_ = weights_.to(target.embeddings.device());
    stops_ = stops_.to(target.embeddings.device());
  }
}

at::Tensor PromptObjective::weights_at(double progress) const {
  const auto scheduled = [](const PromptPull& pull) { return bool(pull.factor); };
  if (std::none_of(pulls_.begin(), pulls_.end(), scheduled)) return weights_;
  std::vector<float> weights;
  for (const PromptPull& pull : pulls_) weights.push_back(float(pull.weight_at(progress)));
  return torch::tensor(weights).to(weights_.device());
}

at::Tensor PromptObjective::mean_over_views(const at::Tensor& values, double progress) const {
  const auto partial = [](const PromptPull& pull) { return bool(pull.views); };
  if (std::none_of(pulls_.begin(), pulls_.end(), partial)) return values.mean(1);
  at::Tensor share = torch::zeros({values.size(1), values.size(2)}, torch::kFloat32);
  for (std::size_t p = 0; p < pulls_.size(); ++p) {
    const ViewSpan span =
        pulls_[p].views ? pulls_[p].views(progress) : ViewSpan{0, int(values.size(1))};
    if (span.first + span.count > values.size(1))
      base::throw_error<base::ShapeError>("prompts: expected views {} to {}, got {} of them",
                                          span.first, span.first + span.count - 1, values.size(1));
    share.select(1, std::int64_t(p))
        .narrow(0, span.first, span.count)
        .fill_(1 / double(span.count));
  }
  return (values * share.to(values.options())).sum(1);
}

at::Tensor PromptObjective::loss(const Evidence& evidence) const {
  const at::Tensor sizes = weights_at(evidence.progress).abs();
  at::Tensor total;
  for (std::size_t m = 0; m < targets_.size(); ++m) {
    const at::Tensor cosine =
        likeness(evidence.embeddings[m], targets_[m].embeddings);  // [N, V, P]
    const at::Tensor away = distance_from_cosine(cosine, distance_) * weights_.sign();
    // At its stop a prompt keeps its value and loses its pull.
    const at::Tensor pulling = torch::where(away > stops_, away, away.detach());
    const at::Tensor loss = (mean_over_views(pulling, evidence.progress) * sizes).sum(-1);  // [N]
    const at::Tensor share = loss * (targets_[m].model_weight / total_model_weight_);
    total = total.defined() ? total + share : share;
  }
  return total;
}

at::Tensor PromptObjective::similarity(const Evidence& evidence) const {
  const at::Tensor wanted = weights_at(evidence.progress).clamp_min(0);
  at::Tensor total;
  for (std::size_t m = 0; m < targets_.size(); ++m) {
    const at::Tensor cosine =
        mean_over_views(likeness(evidence.embeddings[m], targets_[m].embeddings),
                        evidence.progress);  // [N, P]
    const at::Tensor share = (cosine * wanted).sum(-1) / wanted.sum().clamp_min(1e-12) *
                             (targets_[m].model_weight / total_model_weight_);
    total = total.defined() ? total + share : share;
  }
  return total;
}

}  // namespace clipguide::objective
