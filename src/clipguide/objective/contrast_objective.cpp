#include "clipguide/objective/contrast_objective.h"

#include <algorithm>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/objective/likeness.h"

namespace clipguide::objective {

ContrastObjective::ContrastObjective(std::vector<ContrastTexts> texts, double weight,
                                     std::vector<PromptPull> pulls,
                                     std::function<int(double)> most_views)
    : texts_(std::move(texts)),
      pulls_(std::move(pulls)),
      most_views_(std::move(most_views)),
      weight_(weight) {
  for (const ContrastTexts& text : texts_) {
    if (text.wanted.dim() != 2 || text.rivals.dim() != 2 || text.wanted.size(0) < 1 ||
        text.rivals.size(0) < 1 || text.wanted.size(1) != text.rivals.size(1))
      throw base::ShapeError(
          "contrast: expected wanted texts [P, D] and rivals [R, D], got others");
    if (!pulls_.empty() && std::int64_t(pulls_.size()) != text.wanted.size(0))
      base::throw_error<base::ShapeError>("contrast: expected {} pulls, one a wanted text, got {}",
                                          text.wanted.size(0), pulls_.size());
    total_model_weight_ += text.model_weight;
  }
}

at::Tensor ContrastObjective::log_shares_at(double progress) const {
  if (pulls_.empty()) return {};
  std::vector<double> weights;
  for (const PromptPull& pull : pulls_) weights.push_back(std::max(pull.weight_at(progress), 0.0));
  const double largest = *std::max_element(weights.begin(), weights.end());
  if (largest <= 0) return {};
  std::vector<double> shares;  // -infinity for a text that is faded out
  for (const double weight : weights) shares.push_back(std::log(weight / largest));
  return torch::tensor(shares, torch::kDouble);
}

at::Tensor ContrastObjective::loss(const Evidence& evidence) const {
  at::Tensor total;
  const int most_views = most_views_ ? most_views_(evidence.progress) : 0;
  const at::Tensor log_shares = log_shares_at(evidence.progress);
  for (std::size_t m = 0; m < texts_.size(); ++m) {
    const ContrastTexts& text = texts_[m];
    at::Tensor views = evidence.embeddings[m];  // [N, V, D]
    if (most_views > 0 && most_views < views.size(1)) views = views.narrow(1, 0, most_views);
    at::Tensor logits = text.logit_scale * likeness(views, text.wanted);  // [N, V, P]
    if (log_shares.defined()) logits = logits + log_shares.to(logits.options());
    const at::Tensor wanted = logits.logsumexp(-1);
    const at::Tensor rivals = (text.logit_scale * likeness(views, text.rivals)).logsumexp(-1);
    // -log(w / (w + r)), without overflow
    const at::Tensor surprise = torch::softplus(rivals - wanted).mean(1);  // [N]
    const at::Tensor share = surprise * (weight_ * text.model_weight / total_model_weight_);
    total = total.defined() ? total + share : share;
  }
  return total;
}

}  // namespace clipguide::objective
