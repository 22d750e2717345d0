#include "clipguide/canvas/start_noise.h"

#include "clipguide/imaging/noise.h"

namespace clipguide::canvas {

void add_normal(at::Tensor parameter, std::span<const base::RandomStream> streams,
                double deviation) {
  const torch::NoGradGuard no_grad;
  for (std::int64_t n = 0; n < parameter.size(0); ++n) {
    at::Tensor picture = parameter[n];
    picture.add_(
        imaging::normal_tensor(picture.sizes(), streams[std::size_t(n)]).to(parameter.device()),
        deviation);
  }
}

}  // namespace clipguide::canvas
