#pragma once

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

/// NAME=CURVE.   throws  UsageError for an unknown name, or strengths outside [0, view::kStrongest]
ViewStrength parse_view_strength(const std::string& setting);

/// What a run's options say of its views, and their strengths over the run.   throws  UsageError
view::ViewOptions view_options(const RunOptions& options);
std::vector<ViewStrength> view_strengths(const RunOptions& options);

/// Views whose strengths follow curves; a plain view where all are constant.
///   throws  UsageError
std::unique_ptr<view::View> make_scheduled_view(const view::ViewOptions& options,
                                                const std::vector<ViewStrength>& strengths,
                                                int margin_px);

/// The margin the views want at their strongest.
int margin_px(view::ViewOptions options, const std::vector<ViewStrength>& strengths, int width,
              int height);

}  // namespace clipguide::guide
