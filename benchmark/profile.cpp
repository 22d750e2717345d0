#include "benchmark/profile.h"

#include <algorithm>
#include <chrono>

#include "benchmark/contender.h"

namespace clipguide::bench {
namespace {

// Times parts that come in the same order at every step.
class Stopwatch {
 public:
  void start() {
    part_ = 0;
    last_ = Clock::now();
  }
  void lap(const char* name) {
    const Clock::time_point now = Clock::now();
    if (part_ == names_.size()) names_.emplace_back(name), times_ms_.emplace_back();
    times_ms_[part_++].push_back(std::chrono::duration<double, std::milli>(now - last_).count());
    last_ = Clock::now();
  }
  std::vector<PartTime> medians() {
    std::vector<PartTime> parts;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      std::vector<double>& times = times_ms_[i];
      std::sort(times.begin(), times.end());
      parts.push_back({names_[i], times[times.size() / 2]});
    }
    return parts;
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::vector<std::string> names_;
  std::vector<std::vector<double>> times_ms_;
  std::size_t part_ = 0;
  Clock::time_point last_;
};

}  // namespace

std::vector<PartTime> profile_step(const WorkerOptions& options, int repeats) {
  const Contender contender(options);
  const guide::Optimizer optimizer(contender.guide.optimizer);
  std::vector<at::Tensor> moments = optimizer.start(*contender.canvas), parameters;
  for (const canvas::NamedParameter& parameter : contender.canvas->parameters())
    parameters.push_back(parameter.tensor);
  const int side = contender.clip->input_side_px();

  Stopwatch watch;
  for (int step = -1; step < repeats; ++step) {
    if (step <= 0) watch = {};  // the first step only warms up
    const std::vector<base::RandomStream> streams = {
        base::RandomStream(1, "views").at(std::uint64_t(step + 1))};
    watch.start();

    // The guide's step, each part a graph of its own.
    const canvas::Rendering rendering = contender.canvas->render();
    watch.lap("canvas: render");
    const at::Tensor picture = rendering.picture.detach().requires_grad_();
    const at::Tensor views =
        contender.view->look(picture, side, {0, options.views}, streams, 0).flatten(0, 1);
    watch.lap("views: sample and disturb");
    const at::Tensor seen = views.detach().requires_grad_();
    const at::Tensor embeddings =
        clip::unit_length(contender.clip->encode_image(seen)).view({1, options.views, -1});
    watch.lap("tower: forward");
    const at::Tensor compared = embeddings.detach().requires_grad_();
    const at::Tensor loss =
        contender.objective->loss({rendering.picture, rendering.unbounded, {compared}, 0.0}).sum();
    const at::Tensor to_embeddings = torch::autograd::grad({loss}, {compared})[0];
    watch.lap("objective: loss and gradient");
    const at::Tensor to_views = torch::autograd::grad({embeddings}, {seen}, {to_embeddings})[0];
    watch.lap("tower: gradient");
    const at::Tensor to_picture = torch::autograd::grad({views}, {picture}, {to_views})[0];
    watch.lap("views: gradient");
    const std::vector<at::Tensor> gradients =
        torch::autograd::grad({rendering.picture}, parameters, {to_picture});
    watch.lap("canvas: gradient");
    double squares = 0;
    for (const at::Tensor& gradient : gradients) squares += gradient.square().sum().item<double>();
    watch.lap("check of the gradient");
    optimizer.step(*contender.canvas, gradients, moments, step + 1, 1, 1);
    watch.lap("optimizer");
  }
  return watch.medians();
}

}  // namespace clipguide::bench
