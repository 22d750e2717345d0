#include "clipguide/canvas/area.h"

#include <algorithm>

namespace clipguide::canvas {

Area common_part(const Area& one, const Area& other) {
  Area common;
  common.x = std::max(one.x, other.x);
  common.y = std::max(one.y, other.y);
  common.width = std::min(one.x + one.width, other.x + other.width) - common.x;
  common.height = std::min(one.y + one.height, other.y + other.height) - common.y;
  return common;
}

double shorter_side(const Area& area, double aspect) {
  return std::min(area.width * std::max(1.0, aspect), area.height * std::max(1.0, 1 / aspect));
}

}  // namespace clipguide::canvas
