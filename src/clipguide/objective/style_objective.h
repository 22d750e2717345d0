#pragma once

#include <vector>

#include "clipguide/objective/regularizers.h"

namespace clipguide::objective {

/// Likeness to a picture in colours and texture, whatever it shows and wherever: at three sizes,
/// small random filters are laid on every place, and the values of each filter in order are
/// compared with the style's (a sliced Wasserstein distance between patches, as Heitz et al. 2021
/// use it on a network's features). Filters of one pixel compare colours alone.
class StyleObjective final : public Regularizer {
 public:
  /// style   [1, 3, H, W] in [0, 1]
  /// throws  UsageError for a weight that is negative or not finite, ShapeError
  StyleObjective(const at::Tensor& style, double weight);

 private:
  at::Tensor measure(const Evidence& evidence) const override;

  struct Filters {
    at::Tensor weights;  // [P, 3, K, K] of unit length
    at::Tensor values;   // [P, Q], the style's, in order
  };
  struct Scale {
    int side_px;  // of the shorter side
    std::vector<Filters> filters;
  };
  std::vector<Scale> scales_;
};

}  // namespace clipguide::objective
