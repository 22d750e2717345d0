#pragma once

#include <span>
#include <vector>

#include "clipguide/view/footprint.h"

namespace at {
class Tensor;
}

namespace clipguide::view {

inline constexpr int kChannels = 3;
inline constexpr double kGreyFill = 0.5;

/// Everything but the numbers of one call of the sampler: checked sizes, pyramid and maps.
struct SamplePlan {
  int pictures = 0, views = 0, side_px = 0;  ///< N, V, S
  std::vector<Level> levels;
  std::vector<Warp> warps;     ///< [N * V]
  std::vector<PixelMap> maps;  ///< [N * V]
  int first_level = 0;         ///< the finest that a view looks at

  int width() const { return levels.front().width; }
  int height() const { return levels.front().height; }
  std::int64_t texels() const {  ///< of all levels of one picture
    return levels.back().offset + std::int64_t(levels.back().width) * levels.back().height;
  }
};

/// throws  ShapeError, UsageError as sample_views
SamplePlan make_sample_plan(const at::Tensor& picture, std::span<const Warp> warps, int side_px);

}  // namespace clipguide::view
