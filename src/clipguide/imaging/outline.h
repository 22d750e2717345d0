#pragma once

#include <vector>

#include "clipguide/base/torch.h"

/// Masks as polygons.
namespace clipguide::imaging {

/// In px from the picture's upper left corner: the centre of the first pixel lies at (0.5, 0.5).
struct Point {
  double x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

/// A closed line; its last point joins its first.
using Outline = std::vector<Point>;

/// The outer edges of what a mask holds at one half or more, one of each part that hangs together
/// by the sides of its pixels, in reading order. Between two pixels an edge lies where the mask is
/// one half; then it is simplified, by a third of a pixel at most, and told to a tenth of one. What
/// the picture cuts off ends at its edge; holes are not told.
///   mask    [H, W] in [0, 1]
///   cost    looks at each pixel some times
///   Source  marching squares (Lorensen and Cline 1987); Douglas and Peucker 1973
std::vector<Outline> outlines_of(const at::Tensor& mask);

double area_of(const Outline& outline);  ///< px^2

double in_tenths(double px);  ///< as outlines tell their places

}  // namespace clipguide::imaging
