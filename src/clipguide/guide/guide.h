#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/canvas/canvas.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/guide/curve.h"
#include "clipguide/guide/optimizer.h"
#include "clipguide/guide/schedule.h"
#include "clipguide/objective/objective.h"
#include "clipguide/view/view.h"

/// CLIP guidance: the loop.   N pictures, V views, M models, D embedding.
namespace clipguide::guide {

struct GuideOptions {
  int steps = 100;
  OptimizerOptions optimizer;
  Schedule lr_schedule = Schedule::constant;
  Curve lr_curve = 1;                ///< times the optimizer's rate, beside the schedule
  Curve coarse_to_fine = 0;          ///< how the canvas's detail grows, as bandwidth() has it
  int view_batch = 0;                ///< views in memory at once; 0: all. Fewer cost a second pass
                                     ///< through the towers and give the same result
  std::vector<std::uint64_t> seeds;  ///< one a picture
};

/// The parts of a run: what is optimised, how it is looked at, by whom, and what is wanted.
struct GuideParts {
  canvas::Canvas& canvas;
  const view::View& view;
  std::vector<std::shared_ptr<const clip::ClipModel>> models;
  std::vector<std::shared_ptr<const objective::Objective>> objectives;
};

/// With the canvas's parameters, all that is needed to go on to the same bits.
struct GuideState {
  int step = 0;                     ///< steps done
  std::vector<at::Tensor> moments;  ///< the optimizer's
};

struct StepEvent {
  int step = 0;  ///< steps done, 1 to steps
  int steps = 0;
  double loss = 0;        ///< sum over the pictures
  at::Tensor similarity;  ///< [N], mean over views and models; undefined without a prompt
  double gradient_norm = 0;
  at::Tensor picture;  ///< [N, 3, H, W], what this step looked at, before its update; detached
};

enum class Verdict { go_on, stop };

/// Runs from `state` to options.steps, or until the callback says stop, and leaves the result in
/// the canvas and in `state`.
///   throws  NumericError when a loss or gradient is not finite, naming the step and the term;
///   canvas
///           and state then hold the last good step
void guide(const GuideOptions& options, const GuideParts& parts, GuideState& state,
           const std::function<Verdict(const StepEvent&)>& on_step = {});

}  // namespace clipguide::guide
