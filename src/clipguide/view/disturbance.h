#pragma once

#include <array>
#include <span>
#include <vector>

#include "clipguide/base/both.h"
#include "clipguide/base/random.h"

namespace clipguide::view {

struct ViewOptions;

inline constexpr std::array<double, 3> kLuma = {0.299, 0.587, 0.114};  ///< Rec. 601, imaging::luma

/// Clips a value to [0, 1].   returns  whether it was inside; if so its gradient flows. NaN stays,
/// and its does not.
template <class T>
CLIPGUIDE_BOTH inline bool clip_value(T& value) {
  const bool inside = value >= 0 && value <= 1;
  value = value < 0 ? T(0) : value > 1 ? T(1) : value;
  return inside;
}

/// What happens to the views of one look, drawn: colour, grey, erasing, noise, in this order, then
/// clipping if so asked. Which of them happen is decided by the options alone, so that a view does
/// not depend on its neighbours.   S view side, px.
struct Disturbance {
  struct OfView {
    /// rgb -> matrix * rgb + lift * (the view's mean luma), row-major, then clamped to [0, 1].
    std::array<double, 9> matrix{1, 0, 0, 0, 1, 0, 0, 0, 1};
    double lift = 0;
    int left = 0, top = 0, right = 0, bottom = 0;  ///< the erased pixels; empty: none
    double amplitude = 0;                          ///< of the noise
    base::RandomStream noise;                      ///< its numbers, [3, S, S]
  };

  bool recolours = false, erases = false, adds_noise = false, clips = false;
  bool lifts = false;  ///< whether any view's lift is not 0
  bool uniform_noise = false;
  double fill = 0;  ///< of erased pixels
  std::vector<OfView> views;

  bool happens() const { return recolours || erases || adds_noise || clips; }
};

/// Each disturbance draws from a named child of its view's stream, so none shifts another.
///   streams   the views' own
///   progress  in [0, 1]
Disturbance draw_disturbance(const ViewOptions& options, int side_px,
                             std::span<const base::RandomStream> streams, double progress);

}  // namespace clipguide::view
