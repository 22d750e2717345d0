#pragma once

#include <cstdint>

/// Adam's arithmetic in one pass over memory instead of ten. Knows no torch.
namespace clipguide::guide {

struct AdamStep {
  float beta1 = 0, beta2 = 0;            ///< what stays of the old moments
  float share1 = 1, share2 = 1;          ///< what comes of the gradient and its square: 1 - beta
  float mean_bias = 1, square_bias = 1;  ///< 1 - beta^steps
  float epsilon = 0;
};

/// Moves both moments on and writes the direction: (mean / mean_bias) / (sqrt(square / square_bias)
/// + epsilon). All of `count` values; bits do not depend on the number of threads.
void adam_direction_cpu(const AdamStep& step, std::int64_t count, const float* gradient,
                        float* mean, float* square, float* direction, int threads);

}  // namespace clipguide::guide
