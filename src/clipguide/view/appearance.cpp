#include "clipguide/view/appearance.h"

#include <vector>

#include "clipguide/imaging/colour.h"
#include "clipguide/imaging/noise.h"

namespace clipguide::view {
namespace {

// One matrix a view, not a chain of adjustments: an order less memory for the gradient. Elementwise
// and row-wise operators alone: their bits do not depend on how many views go together.
at::Tensor recolour(const Disturbance& what, const at::Tensor& views) {
  std::vector<double> matrices, lifts;
  for (const Disturbance::OfView& view : what.views) {
    matrices.insert(matrices.end(), view.matrix.begin(), view.matrix.end());
    lifts.push_back(view.lift);
  }
  const std::int64_t count = views.size(0);
  const at::Tensor matrix =
      torch::tensor(matrices, at::kDouble).to(views.options()).view({count, 3, 3, 1, 1});
  const at::Tensor lift =
      torch::tensor(lifts, at::kDouble).to(views.options()).view({count, 1, 1, 1});
  const at::Tensor mean_luma =
      imaging::luma(views).sum(3, true).sum(2, true) / double(views.size(2) * views.size(3));
  at::Tensor mixed = lift * mean_luma;
  for (std::int64_t from = 0; from < 3; ++from)
    mixed = mixed + matrix.select(2, from) * views.narrow(1, from, 1);
  return mixed.clamp(0, 1);
}

at::Tensor erase(const Disturbance& what, const at::Tensor& views) {
  const std::int64_t count = views.size(0), side = views.size(3);
  const at::Tensor covered = at::zeros({count, 1, side, side}, at::kBool);
  for (std::int64_t v = 0; v < count; ++v) {
    const Disturbance::OfView& view = what.views[std::size_t(v)];
    covered[v][0]
        .narrow(0, view.top, view.bottom - view.top)
        .narrow(1, view.left, view.right - view.left)
        .fill_(true);
  }
  return views.masked_fill(covered.to(views.device()), what.fill);
}

at::Tensor add_noise(const Disturbance& what, const at::Tensor& views) {
  at::Tensor values = at::empty(views.sizes(), at::kFloat);
  for (std::int64_t v = 0; v < views.size(0); ++v) {
    const Disturbance::OfView& view = what.views[std::size_t(v)];
    at::Tensor drawn = what.uniform_noise
                           ? imaging::uniform_tensor(views[v].sizes(), view.noise).mul_(2).sub_(1)
                           : imaging::normal_tensor(views[v].sizes(), view.noise);
    values[v].copy_(drawn.mul_(view.amplitude));
  }
  return views + values.to(views.options());
}

}  // namespace

at::Tensor disturb(const Disturbance& what, const at::Tensor& views) {
  at::Tensor flat = views.flatten(0, 1);
  if (what.recolours) flat = recolour(what, flat);
  if (what.erases) flat = erase(what, flat);
  if (what.adds_noise) flat = add_noise(what, flat);
  if (what.clips) flat = flat.clamp(0, 1);
  return flat.view(views.sizes());
}

}  // namespace clipguide::view
