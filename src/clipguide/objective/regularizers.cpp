#include "clipguide/objective/regularizers.h"

#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/imaging/colour.h"
#include "clipguide/imaging/self_likeness.h"
#include "clipguide/imaging/total_variation.h"

namespace clipguide::objective {
namespace {

at::Tensor mean_square(const at::Tensor& values) { return values.square().mean({1, 2, 3}); }

}  // namespace

Regularizer::Regularizer(std::string name, double weight)
    : name_(std::move(name)), weight_(weight) {
  if (!std::isfinite(weight) || weight < 0)
    base::throw_error<base::UsageError>("{}: expected a weight of at least 0, got {}", name_,
                                        weight);
}

at::Tensor TotalVariation::measure(const Evidence& evidence) const {
  return imaging::total_variation(evidence.painted.defined() ? evidence.painted : evidence.picture);
}

at::Tensor TileVariation::measure(const Evidence& evidence) const {
  const at::Tensor& tile = evidence.painted.defined() ? evidence.painted : evidence.picture;
  // One more row and column, those of the next tile.
  return imaging::total_variation(at::pad(tile, {0, 1, 0, 1}, "circular"));
}

at::Tensor OutOfRange::measure(const Evidence& evidence) const {
  return mean_square(evidence.unbounded - evidence.unbounded.clamp(0, 1));
}

at::Tensor Saturation::measure(const Evidence& evidence) const {
  return mean_square(evidence.picture - imaging::luma(evidence.picture));
}

at::Tensor Repetition::measure(const Evidence& evidence) const {
  constexpr double kSharpness = 20;  // the most alike shifts count, not the many others
  const at::Tensor likeness = imaging::self_likeness(evidence.picture);  // [N, S]
  return ((likeness * kSharpness).softmax(1) * (likeness - kOneSubject).relu().square()).sum(1);
}

}  // namespace clipguide::objective
