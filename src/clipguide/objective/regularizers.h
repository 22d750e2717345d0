#pragma once

#include "clipguide/objective/objective.h"

/// Terms that look at the picture alone. Each is a mean over pixels, so that its weight means the
/// same at every size; weights are >= 0.
namespace clipguide::objective {

/// Common part: a name and a weight.
class Regularizer : public Objective {
 public:
  /// throws  UsageError for a weight that is negative or not finite
  Regularizer(std::string name, double weight);
  const std::string& name() const final { return name_; }
  at::Tensor loss(const Evidence& evidence) const final { return measure(evidence) * weight_; }

 private:
  virtual at::Tensor measure(const Evidence& evidence) const = 0;  // [N]

  std::string name_;
  double weight_;
};

/// Total variation: mean squared difference of neighbours. Smooths speckle.
class TotalVariation final : public Regularizer {
 public:
  explicit TotalVariation(double weight) : Regularizer("tv", weight) {}

 private:
  at::Tensor measure(const Evidence& evidence) const override;
};

/// The same of a picture that repeats beyond its edges.
class TileVariation final : public Regularizer {
 public:
  explicit TileVariation(double weight) : Regularizer("tv", weight) {}

 private:
  at::Tensor measure(const Evidence& evidence) const override;
};

/// How far values lie outside [0, 1] before they are brought back, squared. Keeps a canvas out of
/// the region where its gradient dies.
class OutOfRange final : public Regularizer {
 public:
  explicit OutOfRange(double weight) : Regularizer("range", weight) {}

 private:
  at::Tensor measure(const Evidence& evidence) const override;
};

/// Mean squared distance of a pixel's colour from the grey of the same luma. Calms loud colours.
class Saturation final : public Regularizer {
 public:
  explicit Saturation(double weight) : Regularizer("saturation", weight) {}

 private:
  at::Tensor measure(const Evidence& evidence) const override;
};

/// How much the picture repeats itself: by how much the likeness to itself elsewhere
/// (imaging/self_likeness.h) passes what one subject on its ground has, squared, and weighed softly
/// toward the shifts where it is most. Counters a subject that is drawn again and again.
class Repetition final : public Regularizer {
 public:
  static constexpr double kOneSubject = 0.3;

  explicit Repetition(double weight) : Regularizer("repetition", weight) {}

 private:
  at::Tensor measure(const Evidence& evidence) const override;
};

}  // namespace clipguide::objective
