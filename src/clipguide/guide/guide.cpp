#include "clipguide/guide/guide.h"

#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/guide/look.h"

namespace clipguide::guide {
namespace {

struct Loss {
  at::Tensor total;       // scalar
  at::Tensor similarity;  // [N], or undefined
};

Loss compare(const GuideParts& parts, const objective::Evidence& evidence, int step) {
  Loss loss;
  for (const auto& term : parts.objectives) {
    const at::Tensor value = term->loss(evidence).sum();
    if (!value.isfinite().item<bool>())
      base::throw_error<base::NumericError>("step {}: expected a finite {} loss, got {}", step + 1,
                                            term->name(), value.item<double>());
    loss.total = loss.total.defined() ? loss.total + value : value;
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

double checked_norm(const std::vector<at::Tensor>& gradients, const canvas::Canvas& canvas,
                    int step) {
  double squares = 0;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const double square = sum_of_squares(gradients[i]);
    if (!std::isfinite(square))
      base::throw_error<base::NumericError>("step {}: expected a finite gradient for {}, got {}",
                                            step + 1, canvas.parameters()[i].name, square);
    squares += square;
  }
  return std::sqrt(squares);
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
    const Loss loss = compare(parts, evidence, state.step);

    // 4. Follow the gradient back: embeddings -> views -> picture -> canvas parameters.
    const std::vector<at::Tensor> gradients =
        looker.gradients(loss.total, rendering, parameter_tensors(parts.canvas));
    const double gradient_norm = checked_norm(gradients, parts.canvas, state.step);

    // 5. Move a step downhill in loss, uphill in similarity.
    optimizer.step(
        parts.canvas, gradients, state.moments, state.step,
        options.lr_curve.at(progress) * learning_rate_factor(options.lr_schedule, progress),
        bandwidth(options.coarse_to_fine, progress));
    ++state.step;

    if (!on_step) continue;
    StepEvent event{state.step, options.steps, loss.total.item<double>(),
                    {},         gradient_norm, rendering.picture.detach()};
    if (loss.similarity.defined()) event.similarity = loss.similarity.detach();
    if (on_step(event) == Verdict::stop) return;
  }
}

}  // namespace clipguide::guide
