#include "clipguide/canvas/descend.h"

#include <cmath>
#include <numbers>

namespace clipguide::canvas {

void descend(const std::vector<at::Tensor>& leaves, double lr, int steps,
             const std::function<at::Tensor(int step)>& loss) {
  constexpr double kMean = 0.9, kSquare = 0.99, kEpsilon = 1e-8, kLastShare = 0.01;
  std::vector<at::Tensor> means, squares;
  for (const at::Tensor& leaf : leaves) {
    means.push_back(torch::zeros_like(leaf.detach()));
    squares.push_back(torch::zeros_like(leaf.detach()));
  }
  for (int step = 0; step < steps; ++step) {
    std::vector<at::Tensor> gradients;
    {
      const torch::AutoGradMode with_grad(true);  // also where the caller records nothing
      gradients = torch::autograd::grad({loss(step)}, leaves);
    }
    const torch::NoGradGuard no_grad;
    const double fall = (1 + std::cos(std::numbers::pi * step / steps)) / 2;
    const double rate = lr * (kLastShare + (1 - kLastShare) * fall);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      means[i].mul_(kMean).add_(gradients[i], 1 - kMean);
      squares[i].mul_(kSquare).addcmul_(gradients[i], gradients[i], 1 - kSquare);
      const at::Tensor deviation = (squares[i] / (1 - std::pow(kSquare, step + 1))).sqrt();
      at::Tensor leaf = leaves[i];
      leaf.addcdiv_(means[i], deviation + kEpsilon, -rate / (1 - std::pow(kMean, step + 1)));
    }
  }
}

}  // namespace clipguide::canvas
