#include "clipguide/view/geometry.h"

#include <cmath>

namespace clipguide::view {

Homography operator*(const Homography& outer, const Homography& inner) {
  Homography product;
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 3; ++column) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += outer.m[row * 3 + k] * inner.m[k * 3 + column];
      product.m[row * 3 + column] = sum;
    }
  return product;
}

Point apply(const Homography& map, Point p) {
  const auto& m = map.m;
  const double w = m[6] * p.x + m[7] * p.y + m[8];
  return {(m[0] * p.x + m[1] * p.y + m[2]) / w, (m[3] * p.x + m[4] * p.y + m[5]) / w};
}

Homography translation(double dx, double dy) { return {{1, 0, dx, 0, 1, dy, 0, 0, 1}}; }

Homography scaling(double sx, double sy) { return {{sx, 0, 0, 0, sy, 0, 0, 0, 1}}; }

Homography rotation(double angle_rad) {
  const double c = std::cos(angle_rad), s = std::sin(angle_rad);
  return {{c, -s, 0, s, c, 0, 0, 0, 1}};
}

Homography shearing(double x_by_y, double y_by_x) {
  return {{1, x_by_y, 0, y_by_x, 1, 0, 0, 0, 1}};
}

Homography about_centre(const Homography& map) {
  return translation(0.5, 0.5) * map * translation(-0.5, -0.5);
}

Homography mirror() { return {{-1, 0, 1, 0, 1, 0, 0, 0, 1}}; }

Homography window(Point centre_px, double width_px, double height_px) {
  return {{width_px, 0, centre_px.x - width_px / 2, 0, height_px, centre_px.y - height_px / 2, 0, 0,
           1}};
}

Homography square_to_quad(const std::array<Point, 4>& c) {
  // Solve the perspective row from the corners' departure from a parallelogram.
  const double sx = c[0].x - c[1].x + c[2].x - c[3].x;
  const double sy = c[0].y - c[1].y + c[2].y - c[3].y;
  const double dx1 = c[1].x - c[2].x, dy1 = c[1].y - c[2].y;
  const double dx2 = c[3].x - c[2].x, dy2 = c[3].y - c[2].y;
  const double determinant = dx1 * dy2 - dx2 * dy1;
  const double g = (sx * dy2 - dx2 * sy) / determinant;
  const double h = (dx1 * sy - sx * dy1) / determinant;
  // The affine part follows from the corners themselves.
  return {{c[1].x - c[0].x + g * c[1].x, c[3].x - c[0].x + h * c[3].x, c[0].x,
           c[1].y - c[0].y + g * c[1].y, c[3].y - c[0].y + h * c[3].y, c[0].y, g, h, 1}};
}

}  // namespace clipguide::view
