#include "clipguide/view/placement.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace clipguide::view {
namespace {

using base::RandomStream;

struct Window {
  Homography to_canvas;
  Border border;
};

struct Picture {
  double width_px, height_px, margin_px;
  double short_px() const { return std::min(width_px, height_px); }
  Point centre() const { return {margin_px + width_px / 2, margin_px + height_px / 2}; }
};

double to_both_sides(RandomStream& stream) { return stream.uniform(-1, 1); }

// The whole picture, undistorted, in the middle of a square.
Window overview(const ViewOptions& options, const Picture& picture) {
  const double side = std::max(picture.width_px, picture.height_px);
  const bool square = picture.width_px == picture.height_px;
  return {window(picture.centre(), side, side), square ? options.border : Border::grey};
}

double draw_side(const CropOptions& crop, double short_px, RandomStream& stream) {
  double lowest = std::min(1.0, std::max(crop.min_share, crop.min_px / short_px));
  if (stream.chance(float(crop.wide_chance))) lowest = std::max(lowest, crop.wide_share);
  const double highest = std::max(lowest, crop.max_share);
  const double share =
      lowest + (highest - lowest) * std::pow(double(stream.uniform()), crop.size_power);
  const double cut_off = std::min(crop.strength * (1 - share), 0.95);
  return std::max(1.0, (1 - cut_off) * short_px);
}

Window draw_crop(const ViewOptions& options, const Picture& picture, RandomStream stream) {
  const double side = draw_side(options.crop, picture.short_px(), stream);
  const auto draw_centre = [&](double length) {
    switch (options.crop.placement) {
      case Placement::uniform:
        return side / 2 + stream.uniform() * (length - side);
      case Placement::central:
        return side / 2 + std::clamp(0.5 + 0.2 * stream.normal(), 0.0, 1.0) * (length - side);
      case Placement::overscan:
        break;
    }
    return stream.uniform() * length;
  };
  const double x = picture.margin_px + draw_centre(picture.width_px);
  const double y = picture.margin_px + draw_centre(picture.height_px);
  const bool wraps = options.crop.placement == Placement::overscan;
  return {window({x, y}, side, side), wraps ? Border::wrap : options.border};
}

Window draw_window(const ViewOptions& options, const Picture& picture, int index,
                   const RandomStream& stream, double progress) {
  const double share =
      std::min(1.0, options.overview.strength * options.overview.share.value(progress));
  if (index < std::lround(share * options.count)) return overview(options, picture);
  if (options.crop.strength > 0) return draw_crop(options, picture, stream.named("crop"));
  return {window(picture.centre(), picture.width_px, picture.height_px), options.border};
}

Homography draw_roll(const RollOptions& roll, double short_px, RandomStream stream) {
  const int most = int(std::lround(roll.share * roll.strength * short_px));
  const int dx = stream.below(2 * most + 1) - most;
  const int dy = stream.below(2 * most + 1) - most;
  return translation(dx, dy);
}

Homography draw_affine(const AffineOptions& affine, RandomStream stream) {
  constexpr double kRadians = std::numbers::pi / 180;
  constexpr double kSteepestShear_deg = 60, kSmallestScale = 0.1;
  const bool happens = stream.chance(float(affine.chance));
  const double angle = affine.strength * affine.angle_deg * to_both_sides(stream) * kRadians;
  const double dx = affine.strength * affine.translate * to_both_sides(stream);
  const double dy = affine.strength * affine.translate * to_both_sides(stream);
  const double scale = 1 + affine.strength * affine.scale * to_both_sides(stream);
  const double shear = affine.strength * affine.shear_deg * to_both_sides(stream);
  if (!happens) return {};
  const double zoom = 1 / std::max(scale, kSmallestScale);
  const double slope =
      std::tan(std::clamp(shear, -kSteepestShear_deg, kSteepestShear_deg) * kRadians);
  return translation(dx, dy) *
         about_centre(rotation(angle) * shearing(slope, 0) * scaling(zoom, zoom));
}

// The usual perspective draws the picture's corners inward by U[0, distortion/2] and fills the rest
// with black, and for strong distortions its horizon enters the view. Here the corners of the view
// move by as wide a range, centred on 0: as much distortion, nothing to fill, and below a quarter
// of a side the corners stay convex, so the horizon stays outside.
Homography draw_perspective(const PerspectiveOptions& perspective, RandomStream stream) {
  const bool happens = stream.chance(float(perspective.chance));
  const double reach = std::min(0.95, perspective.strength * perspective.distortion) / 4;
  std::array<Point, 4> corners{{{0, 0}, {1, 0}, {1, 1}, {0, 1}}};
  for (Point& corner : corners) {
    corner.x += reach * to_both_sides(stream);
    corner.y += reach * to_both_sides(stream);
  }
  return happens ? square_to_quad(corners) : Homography{};
}

bool draw_flip(const FlipOptions& flip, RandomStream stream) {
  return stream.chance(float(std::min(1.0, flip.strength * flip.chance)));
}

}  // namespace

Warp place_view(const ViewOptions& options, const Frame& frame, int index,
                const base::RandomStream& stream, double progress) {
  const double margin = frame.margin_px;
  const Picture picture{frame.width_px - 2 * margin, frame.height_px - 2 * margin, margin};
  // Compose from the canvas inward to the view.
  Window seen = draw_window(options, picture, index, stream, progress);
  if (options.roll.strength > 0) {
    seen.to_canvas =
        draw_roll(options.roll, picture.short_px(), stream.named("roll")) * seen.to_canvas;
    seen.border = Border::wrap;
  }
  if (options.flip.strength > 0 && draw_flip(options.flip, stream.named("flip")))
    seen.to_canvas = seen.to_canvas * mirror();
  if (options.affine.strength > 0)
    seen.to_canvas = seen.to_canvas * draw_affine(options.affine, stream.named("affine"));
  if (options.perspective.strength > 0)
    seen.to_canvas =
        seen.to_canvas * draw_perspective(options.perspective, stream.named("perspective"));
  return {seen.to_canvas, seen.border};
}

}  // namespace clipguide::view
