#pragma once

#include "clipguide/base/random.h"
#include "clipguide/view/view_options.h"

namespace clipguide::view {

/// A canvas and the margin of it, on each side, that is not the picture.
struct Frame {
  int width_px = 0, height_px = 0;  ///< canvas
  int margin_px = 0;
};

/// Draws where a view looks. Each augmentation draws from a named child of the view's stream, so
/// none shifts another.
///   index     of the view among this step's
///   stream    the view's own
///   progress  in [0, 1]
Warp place_view(const ViewOptions& options, const Frame& frame, int index,
                const base::RandomStream& stream, double progress);

}  // namespace clipguide::view
