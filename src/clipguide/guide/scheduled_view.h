#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "clipguide/guide/run_options.h"
#include "clipguide/view/view_options.h"

namespace clipguide::guide {

/// One augmentation's strength over the run.
struct ViewStrength {
  std::string name;
  Curve strength;
};

/// What changes of the views over the run.
struct ViewCurves {
  std::vector<ViewStrength> strengths = {};
  std::function<int(double progress)> count = {};  ///< views a step; empty: as the options say

  int count_at(double progress, int usual) const { return count ? count(progress) : usual; }
};

/// NAME=CURVE.   throws  UsageError for an unknown name, or strengths outside [0, view::kStrongest]
ViewStrength parse_view_strength(const std::string& setting);

/// What a run's options say of its views, and what of them changes over the run.
///   throws  UsageError
view::ViewOptions view_options(const RunOptions& options);
ViewCurves view_curves(const RunOptions& options);

/// Views of the whole picture over a run of so many steps: their mean number, and the largest.
struct ViewCounts {
  double mean = 0;
  int largest = 0;
};
ViewCounts view_counts(const RunOptions& options);

/// Views that follow curves; a plain view where all are constant.
///   throws  UsageError
std::unique_ptr<view::View> make_scheduled_view(const view::ViewOptions& options,
                                                const ViewCurves& curves, int margin_px);

/// The margin the views want at their strongest.
int margin_px(view::ViewOptions options, const std::vector<ViewStrength>& strengths, int width,
              int height);

}  // namespace clipguide::guide
