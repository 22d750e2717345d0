#include <fmt/ranges.h>

#include <cmath>
#include <utility>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/view/look.h"
#include "clipguide/view/placement.h"
#include "clipguide/view/sampler.h"
#include "clipguide/view/view_options.h"

namespace clipguide::view {
namespace {

class AugmentedView : public View {
 public:
  AugmentedView(ViewOptions options, int margin_px)
      : options_(std::move(options)), margin_px_(margin_px) {}

  int count(double) const override { return options_.count; }

  at::Tensor look(const at::Tensor& picture_srgb, int side_px, ViewRange range,
                  std::span<const base::RandomStream> streams, double progress) const override {
    const Frame frame = frame_of(picture_srgb, range, streams.size());
    // Draw where each view looks.
    std::vector<base::RandomStream> own_streams;
    std::vector<Warp> warps;
    for (const base::RandomStream& stream : streams)
      for (int index = range.first; index < range.first + range.count; ++index) {
        own_streams.push_back(stream.at(std::uint64_t(index)));
        warps.push_back(place_view(options_, frame, index, own_streams.back(), progress));
      }
    // Render them all, and disturb what they show.
    return look_at(picture_srgb, warps, side_px,
                   draw_disturbance(options_, side_px, own_streams, progress));
  }

 private:
  Frame frame_of(const at::Tensor& picture, ViewRange range, std::size_t streams) const {
    if (picture.dim() != 4 || std::size_t(picture.size(0)) != streams)
      base::throw_error<base::ShapeError>(
          "view: expected {} pictures [N, 3, H, W], one a random stream, got [{}]", streams,
          fmt::join(picture.sizes().vec(), ", "));
    if (range.first < 0 || range.count < 1)
      base::throw_error<base::ShapeError>("view: expected a range of views, got {} from number {}",
                                          range.count, range.first);
    const Frame frame{int(picture.size(3)), int(picture.size(2)), margin_px_};
    if (std::min(frame.width_px, frame.height_px) <= 2 * margin_px_)
      base::throw_error<base::ShapeError>(
          "view: expected a canvas larger than its margin of {} px on each side, got {} x {}",
          margin_px_, frame.width_px, frame.height_px);
    return frame;
  }

  ViewOptions options_;
  int margin_px_;
};

void check(const char* what, double value, double low, double high) {
  if (!(value >= low && value <= high))
    base::throw_error<base::UsageError>("views, {}: expected {} to {}, got {}", what, low, high,
                                        value);
}

}  // namespace

std::unique_ptr<View> make_view(const ViewOptions& options, int margin_px) {
  constexpr int kWidestMargin = 1 << 16;
  check("count", options.count, 1, kMostViews);
  check("margin", margin_px, 0, kWidestMargin);
  check("smallest crop", options.crop.min_share, 0, 1);
  check("largest crop", options.crop.max_share, 0, 1);
  check("smallest crop in px", options.crop.min_px, 0, kFarthestPx);
  check("crop size power", options.crop.size_power, 0, 100);
  check("roll", options.roll.share, 0, 1);
  check("affine angle", options.affine.angle_deg, 0, 180);
  check("affine translation", options.affine.translate, 0, 1);
  check("affine scale", options.affine.scale, 0, 1);
  check("affine shear", options.affine.shear_deg, 0, 60);
  check("perspective", options.perspective.distortion, 0, 1);
  check("noise", options.noise.amplitude, 0, 10);
  check("smallest erased area", options.erase.min_area, 0, 1);
  check("largest erased area", options.erase.max_area, options.erase.min_area, 1);
  check("erased aspect", options.erase.aspect, 1, 100);
  ViewOptions checked = options;
  for (const std::string& name : view_strength_names())
    set_strength(checked, name, view_strength(checked, name));
  return std::make_unique<AugmentedView>(checked, margin_px);
}

}  // namespace clipguide::view
