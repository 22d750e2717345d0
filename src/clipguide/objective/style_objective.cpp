#include "clipguide/objective/style_objective.h"

#include <algorithm>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/imaging/noise.h"

namespace clipguide::objective {
namespace {

constexpr int kFilters = 24;     // a scale and kind
constexpr int kQuantiles = 128;  // means of so many shares of the values in order

at::Tensor random_filters(int side, const base::RandomStream& stream) {
  const at::Tensor filters = imaging::normal_tensor({kFilters, 3, side, side}, stream);
  return filters / filters.flatten(1).norm(2, 1).view({-1, 1, 1, 1});
}

/// [N, 3, H, W] -> the same with a shorter side of `side_px`, by means over areas.
at::Tensor reduced(const at::Tensor& picture, int side_px) {
  const double scale = double(side_px) / double(std::min(picture.size(2), picture.size(3)));
  if (scale >= 1) return picture;
  return at::adaptive_avg_pool2d(picture, {std::lround(double(picture.size(2)) * scale),
                                           std::lround(double(picture.size(3)) * scale)});
}

/// What each filter says of the places of a picture, in order.   [N, 3, H, W] -> [N, P, Q]
at::Tensor ordered_values(const at::Tensor& picture, const at::Tensor& filters) {
  const at::Tensor values = at::conv2d(picture, filters.to(picture.options())).flatten(2);
  return at::adaptive_avg_pool1d(std::get<0>(values.sort(2)), kQuantiles);
}

}  // namespace

StyleObjective::StyleObjective(const at::Tensor& style, double weight)
    : Regularizer("style-image", weight) {
  if (style.dim() != 4 || style.size(0) != 1 || style.size(1) != 3)
    base::throw_error<base::ShapeError>("style-image: expected [1, 3, H, W], got {} dimensions",
                                        style.dim());
  const torch::NoGradGuard no_grad;
  constexpr int kPatch = 5;
  for (const int side_px : {96, 48, 24}) {
    const at::Tensor small = reduced(style, side_px);
    Scale& scale = scales_.emplace_back(Scale{side_px, {}});
    for (const int patch : {1, kPatch}) {
      if (std::min(small.size(2), small.size(3)) < patch) continue;
      const base::RandomStream stream =
          base::RandomStream(0, "style").at(std::uint64_t(side_px * kPatch + patch));
      const at::Tensor weights = random_filters(patch, stream).to(style.device());
      scale.filters.push_back({weights, ordered_values(small, weights)[0]});
    }
  }
}

at::Tensor StyleObjective::measure(const Evidence& evidence) const {
  at::Tensor total = torch::zeros({evidence.picture.size(0)}, evidence.picture.options());
  std::size_t count = 0;
  for (const Scale& scale : scales_) {
    const at::Tensor small = reduced(evidence.picture, scale.side_px);
    for (const Filters& filters : scale.filters) {
      const at::Tensor values = ordered_values(small, filters.weights);
      total = total + (values - filters.values.to(values.options())).square().mean({1, 2});
    }
    count += scale.filters.size();
  }
  return total / double(count);
}

}  // namespace clipguide::objective
