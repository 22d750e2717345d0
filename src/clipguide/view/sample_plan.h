#pragma once

#include <torch/torch.h>

#include <span>
#include <vector>

#include "clipguide/view/footprint.h"

namespace clipguide::view {

inline constexpr int kChannels = 3;
inline constexpr double kGreyFill = 0.5;

/// Everything but the numbers of one call of the sampler: checked sizes, pyramid and maps.
struct SamplePlan {
  int pictures = 0, views = 0, side_px = 0;  ///< N, V, S
  std::vector<Level> levels;
  std::vector<Warp> warps;     ///< [N * V]
  std::vector<PixelMap> maps;  ///< [N * V]

  int width() const { return levels.front().width; }
  int height() const { return levels.front().height; }
  std::int64_t texels() const {  ///< of all levels of one picture
    return levels.back().offset + std::int64_t(levels.back().width) * levels.back().height;
  }
};

/// throws  ShapeError, UsageError as sample_views
SamplePlan make_sample_plan(const at::Tensor& picture, std::span<const Warp> warps, int side_px);

/// The CPU's sampler and its adjoint. Deterministic to the bit for any number of threads: a view
/// row is the work of one thread, and each texel of the gradient receives its contributions in the
/// order of views, rows and columns.   Defined for float and double.
///   picture, gradient of it  [N, 3, H, W] contiguous, overwritten in spread_cpu
///   views, gradient of them  [N, V, 3, S, S] contiguous, overwritten in sample_cpu
///   grey                     value of Border::grey: kGreyFill, or 0 for a derivative
template <class T>
void sample_cpu(const SamplePlan& plan, const T* picture, T* views, T grey);
template <class T>
void spread_cpu(const SamplePlan& plan, const T* view_gradient, T* picture_gradient);

}  // namespace clipguide::view
