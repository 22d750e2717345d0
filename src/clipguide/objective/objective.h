#pragma once

#include <string>
#include <vector>

#include "clipguide/base/torch.h"

namespace clipguide::objective {

/// Everything a term may judge by. One rule of sign for all: terms are losses, lower is better.
///   N pictures, V views, M models, D embedding (of that model), H W pixels
struct Evidence {
  at::Tensor picture;                  ///< [N, 3, H, W], sRGB in [0, 1], differentiable
  at::Tensor unbounded;                ///< [N, 3, H, W], before it was brought into [0, 1]
  std::vector<at::Tensor> embeddings;  ///< M of [N, V, D], unit length, differentiable
  double progress = 0;                 ///< in [0, 1]
  at::Tensor painted = {};  ///< [N, 3, H, W], the part that is painted freely; undefined: all
};

/// One term of what is wanted.
class Objective {
 public:
  virtual ~Objective() = default;

  virtual const std::string& name() const = 0;

  /// Loss of each picture [N], lower is better, its weight included.
  virtual at::Tensor loss(const Evidence& evidence) const = 0;

  /// What a person watches: similarity of each picture [N], higher is better. Undefined (no tensor)
  /// for terms that have none.
  virtual at::Tensor similarity(const Evidence& evidence) const { return {}; }
};

}  // namespace clipguide::objective
