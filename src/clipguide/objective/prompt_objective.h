#pragma once

#include <functional>
#include <limits>

#include "clipguide/objective/objective.h"

namespace clipguide::objective {

/// How far a view's embedding is from a prompt's; both have unit length.
enum class Distance {
  cosine,     ///< 1 - cos, in [0, 2]
  spherical,  ///< 2 asin^2(|a - b| / 2), in [0, pi^2 / 2]: a pull that does not weaken with
              ///< distance
};

/// The prompts as one CLIP model embeds them.   P prompts, D embedding.
struct PromptTargets {
  double model_weight = 1;
  at::Tensor embeddings;  ///< [P, D], unit length
};

/// Some of a step's views: `count` of them from `first` on.
struct ViewSpan {
  int first = 0, count = 0;
};

/// What holds for a prompt in every model. A negative weight pushes away.
struct PromptPull {
  double weight = 1;
  /// Floor of the signed distance (distance times the weight's sign): at or below it a view no
  /// longer pulls. Spares a prompt from being overdone.
  double stop = -std::numeric_limits<double>::infinity();
  /// Factor on the weight over the run, at least 0; empty is 1.
  std::function<double(double progress)> factor = {};
  /// The views it judges; empty: all.
  std::function<ViewSpan(double progress)> views = {};
  bool of_region = false;  ///< these look at a part of the picture

  double weight_at(double progress) const { return weight * (factor ? factor(progress) : 1); }
};

/// Similarity to the prompts: sum over prompts of |weight| * mean over views of the signed
/// distance, averaged over the models by their weights.
class PromptObjective final : public Objective {
 public:
  /// One PromptTargets a model, in the order of Evidence::embeddings, each with a row a pull.
  ///   throws  ShapeError when these counts disagree
  PromptObjective(std::vector<PromptTargets> targets, std::vector<PromptPull> pulls,
                  Distance distance);

  const std::string& name() const override { return name_; }
  at::Tensor loss(const Evidence& evidence) const override;

  /// Mean cosine of the views to the wanted (positive) prompts, by the weights of prompts and
  /// models.
  at::Tensor similarity(const Evidence& evidence) const override;

  const std::vector<PromptTargets>& targets() const { return targets_; }

 private:
  at::Tensor weights_at(double progress) const;                                 // [P]
  at::Tensor mean_over_views(const at::Tensor& values, double progress) const;  // [N,V,P] -> [N,P]

  std::string name_ = "prompt";
  std::vector<PromptTargets> targets_;
  std::vector<PromptPull> pulls_;
  at::Tensor weights_, stops_;  // [P]
  double total_model_weight_ = 0;
  Distance distance_;
};

}  // namespace clipguide::objective
