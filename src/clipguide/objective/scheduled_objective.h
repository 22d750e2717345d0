#pragma once

#include <functional>
#include <memory>

#include "clipguide/objective/objective.h"

namespace clipguide::objective {

/// A term whose weight changes over the run: another term times a factor of the progress, which is
/// at least 0. At 0 the term is not computed.
class ScheduledObjective final : public Objective {
 public:
  ScheduledObjective(std::shared_ptr<const Objective> term,
                     std::function<double(double progress)> factor)
      : term_(std::move(term)), factor_(std::move(factor)) {}

  const std::string& name() const override { return term_->name(); }
  at::Tensor loss(const Evidence& evidence) const override {
    const double factor = factor_(evidence.progress);
    if (factor == 0) return torch::zeros({evidence.picture.size(0)}, evidence.picture.options());
    return term_->loss(evidence) * factor;
  }
  at::Tensor similarity(const Evidence& evidence) const override {
    return term_->similarity(evidence);
  }

 private:
  std::shared_ptr<const Objective> term_;
  std::function<double(double)> factor_;
};

}  // namespace clipguide::objective
