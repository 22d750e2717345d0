#include "clipguide/guide/guide.h"

#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/guide/look.h"

namespace clipguide::guide {
namespace {

struct Loss {
  std::vector<at::Tensor> terms;  // scalars
  at::Tensor total;               // scalar
  at::Tensor similarity;          // [N], or undefined
};

Loss compare(const GuideParts& parts, const objective::Evidence& evidence) {
  Loss loss;
  for (const auto& term : parts.objectives) {
    loss.terms.push_back(term->loss(evidence).sum());
    loss.total = loss.total.defined() ? loss.total + loss.terms.back() : loss.terms.back();
    if (!loss.similarity.defined()) loss.similarity = term->similarity(evidence);
  }
  return loss;
}

std::vector<at::Tensor> parameter_tensors(const canvas::Canvas& canvas) {
  std::vector<at::Tensor> tensors;
  for (const canvas::NamedParameter& parameter : canvas.parameters())
    tensors.push_back(parameter.tensor);
  return tensors;
}

/// What is known of a step before it is taken.
struct Finding {
  double loss = 0;
  double gradient_norm = 0;
};

/// Reads all numbers from the device at once: nothing else in a step waits for it.
///   throws  NumericError for a loss or a gradient that is not finite
Finding check(const GuideParts& parts, const Loss& loss, const std::vector<at::Tensor>& gradients,
              int step) {
  const torch::NoGradGuard no_grad;
  std::vector<at::Tensor> numbers;
  for (const at::Tensor& term : loss.terms) numbers.push_back(term.to(at::kDouble));
  for (const at::Tensor& gradient : gradients) numbers.push_back(sum_of_squares(gradient));
  const at::Tensor read = torch::stack(numbers).cpu();
  const double* next = read.data_ptr<double>();

  Finding finding;
  for (const auto& term : parts.objectives) {
    if (!std::isfinite(*next))
      base::throw_error<base::NumericError>("step {}: expected a finite {} loss, got {}", step + 1,
                                            term->name(), *next);
    finding.loss += *next++;
  }
  double squares = 0;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!std::isfinite(*next))
      base::throw_error<base::NumericError>("step {}: expected a finite gradient for {}, got {}",
                                            step + 1, parts.canvas.parameters()[i].name, *next);
    squares += *next++;
  }
  finding.gradient_norm = std::sqrt(squares);
  return finding;
}

}  // namespace

void guide(const GuideOptions& options, const GuideParts& parts, GuideState& state,
           const std::function<Verdict(const StepEvent&)>& on_step) {
  if (parts.objectives.empty())
    throw base::UsageError("guide: expected at least one objective, got none");
  const Optimizer optimizer(options.optimizer);
  if (state.step == 0) state.moments = optimizer.start(parts.canvas);

  while (state.step < options.steps) {
    const double progress = double(state.step) / options.steps;
    Looker looker(options, parts, state.step, progress);

    // 1. Render the canvas as a picture.
    parts.canvas.set_progress(progress);
    const canvas::Rendering rendering = parts.canvas.render();

    // 2. Look at it in many views, and embed each with CLIP.
    objective::Evidence evidence = looker.look(rendering);

    // 3. Compare with what is wanted.
    const Loss loss = compare(parts, evidence);

    // 4. Follow the gradient back: embeddings -> views -> picture -> canvas parameters.
    const std::vector<at::Tensor> gradients =
        looker.gradients(loss.total, rendering, parameter_tensors(parts.canvas));
    const Finding finding = check(parts, loss, gradients, state.step);

    // 5. Move a step downhill in loss, uphill in similarity.
    optimizer.step(
        parts.canvas, gradients, state.moments, state.step,
        options.lr_curve.at(progress) * learning_rate_factor(options.lr_schedule, progress),
        bandwidth(options.coarse_to_fine, progress));
    ++state.step;

    if (!on_step) continue;
    StepEvent event{state.step, options.steps,         finding.loss,
                    {},         finding.gradient_norm, rendering.picture.detach()};
    if (loss.similarity.defined()) event.similarity = loss.similarity.detach();
    if (on_step(event) == Verdict::stop) return;
  }
}

}  // namespace clipguide::guide
