#pragma once

namespace clipguide::canvas {

/// A box in parts of a picture's sides, from its upper left corner. By itself the whole picture.
struct Area {
  double x = 0, y = 0, width = 1, height = 1;

  bool operator==(const Area&) const = default;
  bool is_whole() const { return *this == Area{}; }
  bool is_empty() const { return !(width > 0 && height > 0); }
};

/// What two areas have in common; may be empty.
Area common_part(const Area& one, const Area& other);

/// The shorter side of an area, in parts of the picture's shorter one.
///   aspect  of the picture, width to height
double shorter_side(const Area& area, double aspect);

}  // namespace clipguide::canvas
