#include "clipguide/imaging/enlarge.h"

#include <algorithm>
#include <array>

#include "clipguide/base/error.h"

namespace clipguide::imaging {
namespace {

/// Four samples and their weights for each of a row of results.
struct CubicTaps {
  std::array<at::Tensor, 4> indices;  // [count] i64
  std::array<at::Tensor, 4> weights;  // [count] f32

  CubicTaps part(std::int64_t first, std::int64_t count) const {
    CubicTaps some;
    for (std::size_t k = 0; k < indices.size(); ++k) {
      some.indices[k] = indices[k].narrow(0, first, count);
      some.weights[k] = weights[k].narrow(0, first, count);
    }
    return some;
  }
};

CubicTaps taps_along(std::int64_t length, const Enlargement& to, int count, torch::Device device) {
  const at::Tensor place = centres(int(length), to.margin_px, count) - 0.5;
  const at::Tensor first = place.floor();
  const at::Tensor f = place - first;
  const std::array<at::Tensor, 4> weights = {
      ((-0.5 * f + 1) * f - 0.5) * f, (1.5 * f - 2.5) * f * f + 1, ((-1.5 * f + 2) * f + 0.5) * f,
      (0.5 * f - 0.5) * f * f};
  CubicTaps taps;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const at::Tensor index = first.to(torch::kLong) + (std::int64_t(k) - 1);
    taps.indices[k] = (to.tile ? index.remainder(length) : index.clamp(0, length - 1)).to(device);
    taps.weights[k] = weights[k].to(torch::kFloat32).to(device);
  }
  return taps;
}

at::Tensor sum_of_taps(const at::Tensor& picture, int axis, const CubicTaps& taps) {
  std::vector<std::int64_t> along(4, 1);
  along[std::size_t(axis)] = taps.indices[0].size(0);
  at::Tensor sum;
  for (std::size_t k = 0; k < taps.indices.size(); ++k) {
    const at::Tensor term =
        picture.index_select(axis, taps.indices[k]).mul_(taps.weights[k].view(along));
    sum = k == 0 ? term : sum.add_(term);
  }
  return sum;
}

}  // namespace

at::Tensor centres(int length_px, int margin_px, int count) {
  const double pixel = double(length_px - 2 * margin_px) / count;
  return (torch::arange(count, torch::kFloat64) + 0.5) * pixel + margin_px;
}

at::Tensor enlarge(const at::Tensor& picture, const Enlargement& to) {
  const torch::NoGradGuard no_grad;
  const bool fits = picture.dim() == 4 && picture.scalar_type() == at::kFloat &&
                    to.margin_px >= 0 && 2 * to.margin_px < picture.size(2) &&
                    2 * to.margin_px < picture.size(3) && (!to.tile || to.margin_px == 0) &&
                    to.height_px > 0 && to.width_px > 0;
  if (!fits)
    base::throw_error<base::ShapeError>(
        "enlarge: expected [N, C, H, W] f32 with more than the margin of {} px, for {} x {} px, "
        "got {} dimensions",
        to.margin_px, to.width_px, to.height_px, picture.dim());
  const at::Tensor wide =
      sum_of_taps(picture, 3, taps_along(picture.size(3), to, to.width_px, picture.device()));
  const CubicTaps down = taps_along(picture.size(2), to, to.height_px, picture.device());
  // In bands of rows: four large pictures at once would be gigabytes.
  constexpr std::int64_t kRowsAtOnce = 256;
  at::Tensor large = torch::empty({picture.size(0), picture.size(1), to.height_px, to.width_px},
                                  picture.options());
  for (std::int64_t row = 0; row < to.height_px; row += kRowsAtOnce) {
    const std::int64_t rows = std::min(kRowsAtOnce, to.height_px - row);
    large.narrow(2, row, rows).copy_(sum_of_taps(wide, 2, down.part(row, rows)).clamp_(0, 1));
  }
  return large;
}

}  // namespace clipguide::imaging
