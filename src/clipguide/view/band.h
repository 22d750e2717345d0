#pragma once

#include <vector>

#include "clipguide/view/sample_plan.h"

/// How the adjoint's work is shared: by rows of the canvas.   Knows no torch.
namespace clipguide::view {

/// A share of the canvas: the same part of the rows of each level.
struct Band {
  int index, count;
  int begin(const Level& level) const { return int(std::int64_t(level.height) * index / count); }
  int end(const Level& level) const {
    return int(std::int64_t(level.height) * (index + 1) / count);
  }
};

struct Columns {
  int begin, end;
};

/// The columns of a view's row that can touch a band, ascending and apart from one another; wrong
/// only on the side of caution. Without this each band would walk every pixel of every turned view.
///   texel_px  side along y of the coarsest texel that the row looks at
///   found     replaced
void columns_in_band(const SamplePlan& plan, std::size_t view, int row, const Band& band,
                     double texel_px, std::vector<Columns>& found);

}  // namespace clipguide::view
