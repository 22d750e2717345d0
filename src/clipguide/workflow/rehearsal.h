#pragma once

#include <cstdint>
#include <functional>

#include "clipguide/guide/picture_maker.h"

namespace clipguide::workflow {

/// What a picture costs on this machine, measured on its first steps.
struct Rehearsal {
  double start_s = 0;  ///< all that is not a step: the start, the score
  double step_s = 0;
  std::int64_t memory_bytes = 0;  ///< the process's largest use so far

  double picture_s(double steps) const { return start_s + steps * step_s; }
};

/// The views of a rehearsal's three steps where their number changes over the run: in the first,
/// which is not timed, the most of all, for the memory; in the two others the mean.
guide::Curve rehearsed_cuts(const guide::RunOptions& options);

/// Loads the models, takes three steps of the run, and throws the picture away.
///   stop    asked after each step
///   throws  as guide::Run does: so a run that cannot begin is found out; Interrupted when stopped
Rehearsal rehearse(guide::RunOptions options, const guide::PictureMaker& maker,
                   const std::function<bool()>& stop);

}  // namespace clipguide::workflow
