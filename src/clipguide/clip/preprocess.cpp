#include <algorithm>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/imaging/resample.h"

namespace clipguide::clip {
namespace {

struct Size {
  int height, width;
};

// Rounds halves to even, as Python and so the reference does.
int round_to_even(double x) { return static_cast<int>(std::nearbyint(x)); }

Size resized(Size from, int side, ResizeMode mode) {
  if (mode == ResizeMode::squash) return {side, side};
  if (mode == ResizeMode::longest) {
    const double ratio = static_cast<double>(std::max(from.height, from.width)) / side;
    return {std::max(1, round_to_even(from.height / ratio)),
            std::max(1, round_to_even(from.width / ratio))};
  }
  // The short side as asked, the long one rounded down.
  const int shortest = std::min(from.height, from.width);
  const auto scale = [&](int length) {
    return static_cast<int>(static_cast<std::int64_t>(side) * length / shortest);
  };
  return {scale(from.height), scale(from.width)};
}

// Where the middle of a resized side comes from and goes to: cut where it is longer than `side`,
// between margins where it is shorter.
struct Placement {
  imaging::Window from;
  int to;
};

Placement centre(int length, int side) {
  if (length >= side) return {{round_to_even((length - side) / 2.0), side}, 0};
  return {{0, length}, (side - length) / 2};
}

imaging::Kernel kernel(Interpolation interpolation) {
  return interpolation == Interpolation::bilinear ? imaging::Kernel::bilinear
                                                  : imaging::Kernel::bicubic;
}

}  // namespace

at::Tensor preprocess(const media::Picture& picture, const ClipConfig& config) {
  const Size size{picture.height_px, picture.width_px};
  if (size.height < 1 || size.width < 1 ||
      picture.rgb.size() != std::size_t{3} * size.height * size.width) {
    base::throw_error<base::ShapeError>("picture: expected {} x {} pixels of 3 bytes, got {} bytes",
                                        size.width, size.height, picture.rgb.size());
  }
  const PreprocessConfig& rule = config.preprocess;
  const int side = config.vision.image_size_px;
  const at::Tensor levels = torch::from_blob(const_cast<std::uint8_t*>(picture.rgb.data()),
                                             {size.height, size.width, 3}, torch::kUInt8)
                                .permute({2, 0, 1});

  // Resize, computing only what will be looked at: a picture of 1 x 10000 becomes a band millions
  // of pixels long of which a square is kept.
  const Size target = resized(size, side, rule.resize);
  const Placement y = centre(target.height, side), x = centre(target.width, side);
  const at::Tensor middle = imaging::resize_u8(levels, target.height, target.width,
                                               kernel(rule.interpolation), y.from, x.from);

  // Lay it on the square.
  at::Tensor square = torch::full({3, side, side}, rule.fill_level, torch::kUInt8);
  square.narrow(1, y.to, y.from.count).narrow(2, x.to, x.from.count).copy_(middle);
  return square.to(torch::kFloat32).div(255).unsqueeze(0);
}

}  // namespace clipguide::clip
