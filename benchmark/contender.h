#pragma once

#include <memory>
#include <vector>

#include "benchmark/worker.h"
#include "clipguide/canvas/make_canvas.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/guide/guide.h"
#include "clipguide/objective/prompt_objective.h"
#include "clipguide/view/view.h"

namespace clipguide::bench {

/// The parts of a run with the program's defaults, pyramid canvas, `das` views and Adam, or with
/// those of a preset. The wish is a random direction instead of a text.
struct Contender {
  explicit Contender(const WorkerOptions& options);

  guide::GuideParts parts() const { return {*canvas, *view, {clip}, objectives}; }

  std::shared_ptr<const clip::ClipModel> clip;
  std::unique_ptr<canvas::Canvas> canvas;
  std::unique_ptr<view::View> view;
  int views = 0;  ///< a step
  std::vector<std::shared_ptr<const objective::Objective>> objectives;
  guide::GuideOptions guide;
};

}  // namespace clipguide::bench
