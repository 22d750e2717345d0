#include "clipguide/guide/adam_cpu.h"

#include "clipguide/base/parallel.h"

namespace clipguide::guide {
namespace {

void move_on(const AdamStep& step, std::int64_t count, const float* __restrict gradient,
             float* __restrict mean, float* __restrict square, float* __restrict direction) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float g = gradient[i];
    mean[i] = mean[i] * step.beta1 + g * step.share1;
    square[i] = square[i] * step.beta2 + g * g * step.share2;
    direction[i] =
        (mean[i] / step.mean_bias) / (__builtin_sqrtf(square[i] / step.square_bias) + step.epsilon);
  }
}

}  // namespace

void adam_direction_cpu(const AdamStep& step, std::int64_t count, const float* gradient,
                        float* mean, float* square, float* direction, int threads) {
  constexpr std::int64_t kAtOnce = 1 << 15;
  base::run_parallel((count + kAtOnce - 1) / kAtOnce, threads, [&](std::int64_t part) {
    const std::int64_t begin = part * kAtOnce;
    move_on(step, count - begin < kAtOnce ? count - begin : kAtOnce, gradient + begin, mean + begin,
            square + begin, direction + begin);
  });
}

}  // namespace clipguide::guide
