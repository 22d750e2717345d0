#pragma once

#include <functional>
#include <string>
#include <vector>

#include "clipguide/objective/objective.h"
#include "clipguide/objective/prompt_objective.h"

/// What the picture must not be taken for. Similarity alone is content with whatever a text shares
/// with its neighbours: red and round is close to "a strawberry", and closer to "a tomato".
///   P prompts, R rivals, D embedding
namespace clipguide::objective {

/// The texts of one CLIP model.
struct ContrastTexts {
  double model_weight = 1;
  at::Tensor wanted;       ///< [P, D], unit length
  at::Tensor rivals;       ///< [R, D], unit length
  double logit_scale = 1;  ///< of the model: how sharply it chooses
};

/// Cross entropy of the wanted texts, taken together, against the rivals: how surprised the model
/// would be that a view shows what is wanted and nothing of the list. Mean over views, averaged
/// over the models by their weights. It fades by itself once the rivals are out of the question.
class ContrastObjective final : public Objective {
 public:
  /// One ContrastTexts a model, in the order of Evidence::embeddings.
  ///   pulls       of the wanted texts: each counts by its weight at that time, as a share of the
  ///               largest; empty: all alike
  ///   most_views  only so many, from the first on, are judged at that time; empty: all
  ///   throws      ShapeError for a model without wanted texts or rivals
  ContrastObjective(std::vector<ContrastTexts> texts, double weight,
                    std::vector<PromptPull> pulls = {},
                    std::function<int(double progress)> most_views = {});

  const std::string& name() const override { return name_; }
  at::Tensor loss(const Evidence& evidence) const override;

 private:
  at::Tensor log_shares_at(double progress) const;  // [P], undefined when all count alike

  std::string name_ = "contrast";
  std::vector<ContrastTexts> texts_;
  std::vector<PromptPull> pulls_;
  std::function<int(double)> most_views_;
  double weight_ = 1, total_model_weight_ = 0;
};

}  // namespace clipguide::objective
