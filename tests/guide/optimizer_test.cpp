#include "clipguide/guide/optimizer.h"

#include <gtest/gtest.h>
#include <torch/optim.h>

#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/canvas/make_canvas.h"
#include "clipguide/guide/adam_cpu.h"
#include "clipguide/guide/update_cpu.h"
#include "clipguide/imaging/noise.h"

namespace clipguide::guide {
namespace {

std::unique_ptr<canvas::Canvas> pixels() {
  canvas::CanvasOptions options;
  options.kind = "pixel";
  options.height_px = options.width_px = 8;
  return canvas::make_canvas(options);
}

at::Tensor gradient_of_step(int step) {
  return imaging::normal_tensor({1, 3, 8, 8},
                                base::RandomStream(1, "gradient").at(std::uint64_t(step)));
}

// Runs ours and libtorch's on the same gradients.
double difference(const OptimizerOptions& options, torch::optim::Optimizer& reference,
                  at::Tensor reference_parameter) {
  const auto canvas = pixels();
  const Optimizer optimizer(options);
  std::vector<at::Tensor> moments = optimizer.start(*canvas);
  for (int step = 0; step < 20; ++step) {
    optimizer.step(*canvas, {gradient_of_step(step)}, moments, step, 1, 1);
    reference_parameter.mutable_grad() = gradient_of_step(step);
    reference.step();
  }
  return (canvas->parameters()[0].tensor - reference_parameter).abs().max().item<double>();
}

TEST(Optimizer, AgreesWithLibtorch) {
  const auto start = [] { return torch::full({1, 3, 8, 8}, 0.5).requires_grad_(); };
  at::Tensor x = start();
  torch::optim::SGD sgd({x}, torch::optim::SGDOptions(0.03));
  EXPECT_LT(difference({OptimizerKind::sgd, 0.03}, sgd, x), 1e-6);
  x = start();
  torch::optim::Adam adam({x}, torch::optim::AdamOptions(0.03).betas({0.9, 0.999}));
  EXPECT_LT(difference({OptimizerKind::adam, 0.03}, adam, x), 1e-6);
  x = start();
  torch::optim::AdamW adamw({x}, torch::optim::AdamWOptions(0.03).weight_decay(0.1));
  OptimizerOptions options{OptimizerKind::adamw, 0.03};
  options.weight_decay = 0.1;
  EXPECT_LT(difference(options, adamw, x), 1e-6);
}

TEST(Optimizer, AdamIsTheSameForAnyNumberOfThreads) {
  constexpr std::int64_t kCount = 100001;
  const base::RandomStream stream(2, "adam");
  const at::Tensor gradient = imaging::normal_tensor({kCount}, stream.at(0));
  std::vector<at::Tensor> directions, means;
  for (const int threads : {1, 2, 7}) {
    at::Tensor mean = imaging::normal_tensor({kCount}, stream.at(1));
    at::Tensor square = imaging::uniform_tensor({kCount}, stream.at(2));
    at::Tensor direction = torch::empty({kCount});
    adam_direction_cpu({0.9f, 0.999f, 0.1f, 0.001f, 0.5f, 0.25f, 1e-8f}, kCount,
                       gradient.data_ptr<float>(), mean.data_ptr<float>(), square.data_ptr<float>(),
                       direction.data_ptr<float>(), threads);
    means.push_back(mean);
    directions.push_back(direction);
    EXPECT_TRUE(torch::equal(directions.front(), direction)) << threads;
    EXPECT_TRUE(torch::equal(means.front(), mean)) << threads;
  }
  const at::Tensor square =
      imaging::uniform_tensor({kCount}, stream.at(2)) * 0.999 + gradient.square() * 0.001;
  EXPECT_TRUE(
      torch::allclose(directions[0], means[0] / 0.5 / ((square / 0.25).sqrt() + 1e-8), 1e-5, 1e-5));
}

TEST(Optimizer, SignMovesEveryParameterByTheLearningRate) {
  const auto canvas = pixels();
  std::vector<at::Tensor> moments;
  Optimizer({OptimizerKind::sign, 0.1}).step(*canvas, {gradient_of_step(0)}, moments, 0, 0.5, 1);
  const at::Tensor moved = canvas->parameters()[0].tensor.detach() - 0.5;
  EXPECT_TRUE(torch::allclose(moved, -0.05 * gradient_of_step(0).sign(), 0, 1e-7));
}

TEST(Optimizer, NormalizedMovesEachPictureByTheLearningRateInRootMeanSquare) {
  canvas::CanvasOptions options;
  options.kind = "pyramid";  // several parameters, which share one length
  options.pictures = 2;
  options.height_px = options.width_px = 8;
  const auto canvas = canvas::make_canvas(options);
  std::vector<at::Tensor> gradients, moments;
  for (const canvas::NamedParameter& parameter : canvas->parameters()) {
    at::Tensor gradient =
        imaging::normal_tensor(parameter.tensor.sizes(), base::RandomStream(2, parameter.name));
    gradient[1].mul_(1e-6);  // a small gradient moves its picture as far
    gradients.push_back(gradient);
  }
  Optimizer({OptimizerKind::normalized, 0.1}).step(*canvas, gradients, moments, 0, 0.5, 1);
  for (int n = 0; n < 2; ++n) {
    double squares = 0, count = 0, along = 0;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const at::Tensor moved = canvas->parameters()[i].tensor.detach()[n];
      squares += moved.square().sum().item<double>();
      count += double(moved.numel());
      along += (moved * gradients[i][n]).sum().item<double>();
    }
    EXPECT_NEAR(std::sqrt(squares / count), 0.05, 1e-6);
    EXPECT_LT(along, 0) << "downhill";
  }
}

TEST(Optimizer, SumsSquaresAndMovesTheSameForAnyNumberOfThreads) {
  for (const std::int64_t count : {1, 7, 1025, 100003}) {
    const at::Tensor values = imaging::normal_tensor({count}, base::RandomStream(4, "values"));
    const at::Tensor start = imaging::normal_tensor({count}, base::RandomStream(4, "start"));
    const double sum = sum_of_squares_cpu(values.data_ptr<float>(), count, 1);
    EXPECT_NEAR(sum, values.to(at::kDouble).square().sum().item<double>(), 1e-6 * sum);
    at::Tensor first;
    for (const int threads : {1, 2, 7}) {
      EXPECT_EQ(sum_of_squares_cpu(values.data_ptr<float>(), count, threads), sum);
      at::Tensor moved = start.clone();
      subtract_cpu(moved.data_ptr<float>(), values.data_ptr<float>(), 0.3f, count, threads);
      if (!first.defined()) first = moved;
      EXPECT_TRUE(torch::equal(moved, first));
    }
    EXPECT_TRUE(torch::allclose(first, start - 0.3 * values, 1e-6, 1e-6));
  }
  const auto sum = [](const at::Tensor& tensor) { return sum_of_squares(tensor).item<double>(); };
  EXPECT_FALSE(std::isfinite(sum(torch::full({9}, INFINITY))));
  EXPECT_TRUE(std::isnan(sum(torch::full({100}, NAN))));
  EXPECT_EQ(sum(torch::full({4}, 2.0, torch::kDouble)), 16);
}

TEST(Optimizer, RefusesUnknownNames) { EXPECT_THROW(parse_optimizer("adma"), base::UsageError); }

}  // namespace
}  // namespace clipguide::guide
