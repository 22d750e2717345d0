#pragma once

#include <string>
#include <vector>

#include "clipguide/guide/curve.h"

namespace clipguide::guide {

enum class Schedule { constant, linear, cosine };

const std::vector<std::string>& schedule_names();
Schedule parse_schedule(const std::string& name);  ///< throws  UsageError

/// Factor on the learning rate at `progress` in [0, 1]: starts at 1; linear and cosine end at 1%.
double learning_rate_factor(Schedule schedule, double progress);

/// Coarse to fine: share of the canvas's highest frequency that may be drawn at `progress`. Grows
/// geometrically, octave by octave in equal times, and reaches 1 at `share` of the run. A share of
/// 0 switches it off.   Source: the frequency schedule of arXiv 2505.23161
double bandwidth(double share, double progress);

/// The same by an option: a constant is a share of the run, a curve the bandwidth itself, at least
/// 1/64.
double bandwidth(const Curve& coarse_to_fine, double progress);

}  // namespace clipguide::guide
