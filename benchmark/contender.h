#pragma once

#include <memory>

#include "benchmark/worker.h"
#include "clipguide/canvas/make_canvas.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/guide/guide.h"
#include "clipguide/objective/prompt_objective.h"
#include "clipguide/view/view.h"

namespace clipguide::bench {

/// The parts of a run with the program's defaults: pyramid canvas, `das` views, Adam. The wish is a
/// random direction instead of a text.
struct Contender {
  explicit Contender(const WorkerOptions& options);

  std::shared_ptr<const clip::ClipModel> clip;
  std::unique_ptr<canvas::Canvas> canvas;
  std::unique_ptr<view::View> view;
  std::shared_ptr<const objective::Objective> objective;
  guide::GuideOptions guide;
};

}  // namespace clipguide::bench
