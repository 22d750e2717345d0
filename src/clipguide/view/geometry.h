#pragma once

#include <array>

/// Where a view looks: plane projective maps and what lies beyond the canvas. Knows no torch.
///   Coordinates are continuous: texel k of a row covers [k, k+1), its centre is k + 0.5.
///   A view is the unit square, x to the right, y down, whatever its side in pixels; so geometry
///   does not depend on the resolution at which a model looks.
namespace clipguide::view {

struct Point {
  double x = 0, y = 0;
};

/// A plane projective map, row-major 3x3, applied to (x, y, 1).
struct Homography {
  std::array<double, 9> m{1, 0, 0, 0, 1, 0, 0, 0, 1};

  bool affine() const { return m[6] == 0 && m[7] == 0; }
};

/// First `inner`, then `outer`.
Homography operator*(const Homography& outer, const Homography& inner);

Point apply(const Homography& map, Point p);

Homography translation(double dx, double dy);
Homography scaling(double sx, double sy);
Homography rotation(double angle_rad);
Homography shearing(double x_by_y, double y_by_x);

/// `map` with its origin moved to the centre of the unit square.
Homography about_centre(const Homography& map);

/// Mirrors the unit square left to right.
Homography mirror();

/// The unit square onto a window of the canvas.
Homography window(Point centre_px, double width_px, double height_px);

/// The unit square's corners (0,0), (1,0), (1,1), (0,1) onto those of a convex quadrilateral.
///   Source: Heckbert 1989, Fundamentals of Texture Mapping and Image Warping, 2.2.3
Homography square_to_quad(const std::array<Point, 4>& corners);

/// What a view sees beyond the canvas.
enum class Border {
  wrap,     ///< the canvas repeats
  reflect,  ///< the canvas is mirrored at its edges, the edge texel twice
  clamp,    ///< the nearest edge texel
  grey,     ///< 0.5
};

/// One view: the map from its unit square to canvas pixels, and the border rule.
struct Warp {
  Homography to_canvas;
  Border border = Border::wrap;
};

}  // namespace clipguide::view
