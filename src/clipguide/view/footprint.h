#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "clipguide/base/both.h"
#include "clipguide/view/geometry.h"

/// What one pixel of a view sees of the canvas: the definition that every sampler shares.
///   W H canvas pixels, S view side. Knows no torch.
///
/// A view pixel is a tent-weighted mean about its place on the canvas, as wide as the step to the
/// next pixel and never narrower than one texel (then it is bilinear). To keep the tent small, the
/// canvas is first halved by exact area means as often as the step allows: tents of 1 to 2 texels,
/// 2 to 4 taps an axis. At scale 1 and whole shifts the weights are exactly 1 and 0.
namespace clipguide::view {

/// One level of the pyramid of halved canvases; level 0 is the canvas itself.
struct Level {
  int width = 0, height = 0;
  double scale_x = 1, scale_y = 1;  ///< texels of this level a canvas pixel, at most 1
  std::int64_t offset = 0;          ///< texels of all finer levels
};

/// Sides halve, rounded down, to no less than 1. Odd sides halve too: texels then overlap the
/// cells, so that each level spans the canvas exactly and wraps without a seam.
std::vector<Level> pyramid_levels(int width, int height, int levels);

/// Share of fine texels in coarse ones along one axis, or its transpose.
struct AreaShare {
  int first = 0, count = 0;
  double weight[3]{};
};
/// Of one fine texel in one coarse one; they overlap.
CLIPGUIDE_BOTH inline double area_share(int fine, int coarse, std::int64_t of_fine,
                                        std::int64_t of_coarse) {
  const std::int64_t begin = of_coarse * fine, from = of_fine * coarse;
  return double(std::min(begin + fine, from + coarse) - std::max(begin, from)) / fine;
}
std::vector<AreaShare> area_shares(int fine, int coarse);             ///< [coarse], means
std::vector<AreaShare> area_shares_transposed(int fine, int coarse);  ///< [fine], the adjoint

/// Widest tent, in texels from the centre: reached only where the step is far longer along one axis
/// than along the other, or beyond the coarsest level.
inline constexpr double kWidestTent = 12;
inline constexpr int kMostTaps = 25;

/// A step this much longer along one axis no longer waits for the other to halve the canvas.
inline constexpr double kAnisotropy = 4;

/// A view's map in pixels, and its derivative.
class PixelMap {
 public:
  /// Maps view pixel centres (column + 0.5, row + 0.5) of a view of side S.
  PixelMap(const Homography& to_canvas, int side_px);

  struct Place {
    double x, y;            ///< on the canvas, px
    double step_x, step_y;  ///< movement along each canvas axis a view pixel, px
  };
  CLIPGUIDE_BOTH Place at(double column, double row) const {
    double x = m_[0] * column + m_[1] * row + m_[2];
    double y = m_[3] * column + m_[4] * row + m_[5];
    if (affine_) return {x, y, step_x_, step_y_};
    const double w = m_[6] * column + m_[7] * row + m_[8];
    x /= w, y /= w;
    return {x, y, length(m_[0] - x * m_[6], m_[1] - x * m_[7]) / w,
            length(m_[3] - y * m_[6], m_[4] - y * m_[7]) / w};
  }

  /// An interval of canvas y that holds the centres of a row, before any border rule, and the
  /// longest step along y between two of them.
  struct Extent {
    double low, high, step;
  };
  Extent row_extent(int row, int side_px) const;

  bool affine() const { return affine_; }
  /// Affine, and x follows from the column alone, y from the row.
  bool upright() const { return affine_ && m_[1] == 0 && m_[3] == 0; }
  const std::array<double, 9>& matrix() const { return m_; }

 private:
  CLIPGUIDE_BOTH static double length(double a, double b) { return std::sqrt(a * a + b * b); }

  std::array<double, 9> m_;
  bool affine_;
  double step_x_ = 0, step_y_ = 0;
};

/// The coarsest level whose tent still covers a texel: the longer step may be kAnisotropy tents.
CLIPGUIDE_BOTH inline bool level_fits(const Level& level, double step_x, double step_y) {
  const double x = step_x * level.scale_x, y = step_y * level.scale_y;
  return std::max(std::min(x, y), std::max(x, y) / kAnisotropy) >= 1;
}

/// The level that a pixel with these steps looks at.
CLIPGUIDE_BOTH inline std::size_t level_of(std::span<const Level> levels, double step_x,
                                           double step_y) {
  std::size_t level = 0;
  while (level + 1 < levels.size() && level_fits(levels[level + 1], step_x, step_y)) ++level;
  return level;
}

/// The texel that stands for one beyond the canvas; -1 for grey.
CLIPGUIDE_BOTH inline int bordered(int index, int size, Border border) {
  switch (border) {
    case Border::wrap: {
      const int rest = index % size;
      return rest < 0 ? rest + size : rest;
    }
    case Border::reflect: {
      const int period = 2 * size, rest = ((index % period) + period) % period;
      return rest < size ? rest : period - 1 - rest;
    }
    case Border::clamp:
      return std::clamp(index, 0, size - 1);
    case Border::grey:
      break;
  }
  return index >= 0 && index < size ? index : -1;
}

CLIPGUIDE_BOTH inline double floor_of(double value) {  // without SSE4, std::floor is a call
  const double whole = double(int(value));
  return whole > value ? whole - 1 : whole;
}

/// A tent over texels.
struct Tent {
  double radius = 1, slope = 1;  ///< in texels, at least 1; and its inverse
  Tent() = default;
  CLIPGUIDE_BOTH Tent(double step_px, double scale)
      : radius(std::min(std::max(step_px * scale, 1.0), double{kWidestTent})), slope(1 / radius) {}
};

/// Levels these views can need. Never fewer than 1.
int levels_needed(int width, int height, std::span<const Warp> warps, int side_px);

}  // namespace clipguide::view
