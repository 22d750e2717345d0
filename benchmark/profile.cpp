#include "benchmark/profile.h"

#include <algorithm>
#include <ctime>

#include "benchmark/contender.h"

namespace clipguide::bench {
namespace {

// Times parts that come in the same order at every step.
class Stopwatch {
 public:
  explicit Stopwatch(bool processor_time) : processor_time_(processor_time) {}
  void start() {
    part_ = 0;
    last_ms_ = now_ms();
  }
  void lap(const char* name) {
    const double now = now_ms();
    if (part_ == names_.size()) names_.emplace_back(name), times_ms_.emplace_back();
    times_ms_[part_++].push_back(now - last_ms_);
    last_ms_ = now_ms();
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
  double now_ms() const {
    timespec now;
    clock_gettime(processor_time_ ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    return 1e3 * double(now.tv_sec) + 1e-6 * double(now.tv_nsec);
  }

  bool processor_time_;
  std::vector<std::string> names_;
  std::vector<std::vector<double>> times_ms_;
  std::size_t part_ = 0;
  double last_ms_ = 0;
};

}  // namespace

Profile profile_step(const WorkerOptions& options, int repeats) {
  const Contender contender(options);
  const guide::Optimizer optimizer(contender.guide.optimizer);
  std::vector<at::Tensor> moments = optimizer.start(*contender.canvas), parameters;
  for (const canvas::NamedParameter& parameter : contender.canvas->parameters())
    parameters.push_back(parameter.tensor);
  const int side = contender.clip->input_side_px();

  Stopwatch watch(options.processor_time);
  for (int step = -1; step < repeats; ++step) {
    if (step <= 0) watch = Stopwatch(options.processor_time);  // the first step only warms up
    const double progress = std::max(0.0, (step + 0.5) / repeats);
    const std::vector<base::RandomStream> streams = {
        base::RandomStream(1, "views").at(std::uint64_t(step + 1))};
    watch.start();

    // The guide's step, each part a graph of its own.
    const canvas::Rendering rendering = contender.canvas->render();
    watch.lap("canvas: render");
    const at::Tensor picture = rendering.picture.detach().requires_grad_();
    const at::Tensor views =
        contender.view->look(picture, side, {0, contender.views}, streams, progress).flatten(0, 1);
    watch.lap("views: sample and disturb");
    const at::Tensor seen = views.detach().requires_grad_();
    const at::Tensor embeddings =
        clip::unit_length(contender.clip->encode_image(seen)).view({1, contender.views, -1});
    watch.lap("tower: forward");
    const at::Tensor compared = embeddings.detach().requires_grad_();
    const at::Tensor shown = rendering.picture.detach().requires_grad_();
    at::Tensor loss;
    for (const auto& term : contender.objectives) {
      const at::Tensor value = term->loss({shown, shown, {compared}, progress}).sum();
      loss = loss.defined() ? loss + value : value;
    }
    const auto to_evidence =
        torch::autograd::grad({loss}, {compared, shown}, {}, false, false, true);
    watch.lap("objectives: loss and gradient");
    const at::Tensor to_views = torch::autograd::grad({embeddings}, {seen}, {to_evidence[0]})[0];
    watch.lap("tower: gradient");
    at::Tensor to_picture = torch::autograd::grad({views}, {picture}, {to_views})[0];
    watch.lap("views: gradient");
    if (to_evidence[1].defined()) to_picture = to_picture + to_evidence[1];
    const std::vector<at::Tensor> gradients =
        torch::autograd::grad({rendering.picture}, parameters, {to_picture});
    watch.lap("canvas: gradient");
    double squares = 0;
    for (const at::Tensor& gradient : gradients)
      squares += guide::sum_of_squares(gradient).item<double>();
    watch.lap("check of the gradient");
    optimizer.step(*contender.canvas, gradients, moments, std::max(step, 0) + 1, 1,
                   guide::bandwidth(contender.guide.coarse_to_fine, progress));
    watch.lap("low pass and optimizer");
  }
  return {contender.views, watch.medians()};
}

}  // namespace clipguide::bench
