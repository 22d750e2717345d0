#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

namespace clipguide::objective {

/// What one CLIP saw.   N pictures, V views, D embedding.
struct ModelEvidence {
  std::size_t model = 0;   ///< index into the run's models
  at::Tensor embeddings;   ///< [N, V, D], unit length, differentiable
};

/// Everything a term may judge by. One rule of sign for all: terms are losses, lower is better.
struct Evidence {
  at::Tensor picture;      ///< [N, 3, H, W], sRGB in [0, 1], differentiable
  std::vector<ModelEvidence> models;
  double progress = 0;     ///< in [0, 1]
};

/// One term of what is wanted.
class Objective {
 public:
  virtual ~Objective() = default;
  virtual const std::string& name() const = 0;

  /// Loss of each picture [N], lower is better, its weight included.
  virtual at::Tensor loss(const Evidence& evidence) const = 0;
};

}  // namespace clipguide::objective
