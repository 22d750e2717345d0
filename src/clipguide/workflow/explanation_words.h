#pragma once

#include <optional>
#include <string>

#include "clipguide/workflow/run_trace.h"

/// What the numbers of a run say, in words. Every sentence follows from the numbers: a run that
/// went otherwise than the textbook's is told otherwise.
namespace clipguide::workflow {

/// How a similarity moved over a run.
struct Rise {
  double from = 0, to = 0;
  double gain() const { return to - from; }
};

Rise optimised_rise(const SimilarityCurve& curve);
std::optional<Rise> judge_rise(const SimilarityCurve& curve);  ///< nothing without a judge

/// "rose from 0.120 to 0.530", "fell from ..", "stayed at 0.120"
std::string told(const Rise& rise);

/// What both runs together show: whom each convinced.
std::string lesson_of(const RunTrace& guided, const RunTrace& pure);

/// What the two spectra show.
std::string spectrum_lesson_of(const RunTrace& guided, const RunTrace& pure);

/// What the views of a moment have in common: the spread of their similarities.
std::string views_told(const Moment& moment);

/// "after 1 step", "before the first step", "after 80 steps"
std::string after_steps(int steps);

}  // namespace clipguide::workflow
