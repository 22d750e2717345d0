#include <vector>

#include "clipguide/view/sample_plan.h"
#include "clipguide/view/sampler.h"

namespace clipguide::view {
namespace {

at::Tensor constants(const std::vector<double>& values, at::Device device) {
  return torch::tensor(values, at::kDouble).to(device);
}

// One axis of the step from a level to the next coarser one: three gathers, weighed.
at::Tensor halve(const at::Tensor& fine, std::int64_t axis, int size) {
  std::vector<std::int64_t> index[3];
  std::vector<double> weight[3];
  const int last = int(fine.size(axis)) - 1;
  for (const AreaShare& share : area_shares(last + 1, size))
    for (int k = 0; k < 3; ++k) {
      index[k].push_back(std::min(share.first + k, last));
      weight[k].push_back(share.weight[k]);
    }
  std::vector<std::int64_t> shape(std::size_t(fine.dim()), 1);
  shape[std::size_t(axis)] = size;
  at::Tensor coarse;
  for (int k = 0; k < 3; ++k) {
    const at::Tensor part =
        fine.index_select(axis, torch::tensor(index[k], at::kLong).to(fine.device())) *
        torch::tensor(weight[k], at::kDouble).to(fine.options()).view(shape);
    coarse = k == 0 ? part : coarse + part;
  }
  return coarse;
}

// All levels behind one another, [3, texels].
at::Tensor flat_pyramid(const SamplePlan& plan, const at::Tensor& picture) {
  at::Tensor level = picture;
  std::vector<at::Tensor> flat{level.flatten(1)};
  for (std::size_t i = 1; i < plan.levels.size(); ++i) {
    level = halve(halve(level, 1, plan.levels[i].height), 2, plan.levels[i].width);
    flat.push_back(level.flatten(1));
  }
  return at::cat(flat, 1);
}

// A property of each pixel's level, [V, S, S].
template <class Property>
at::Tensor of_level(const SamplePlan& plan, const at::Tensor& level, const Property& property) {
  std::vector<double> values;
  for (const Level& l : plan.levels) values.push_back(double(property(l)));
  return constants(values, level.device()).index_select(0, level.flatten()).view(level.sizes());
}

struct Places {
  at::Tensor x, y, step_x, step_y;  // [V, S, S] f64
};

Places place_pixels(const SamplePlan& plan, std::int64_t picture, at::Device device) {
  std::vector<double> matrices;
  for (int v = 0; v < plan.views; ++v) {
    const auto& m = plan.maps[std::size_t(picture * plan.views + v)].matrix();
    matrices.insert(matrices.end(), m.begin(), m.end());
  }
  const at::Tensor m = constants(matrices, device).view({plan.views, 9, 1, 1});
  const auto entry = [&](int i) { return m.select(1, i); };
  const at::Tensor axis = at::arange(plan.side_px, m.options());
  const at::Tensor column = axis.view({1, 1, -1}), row = axis.view({1, -1, 1});
  const at::Tensor w = entry(6) * column + entry(7) * row + entry(8);
  const at::Tensor x = (entry(0) * column + entry(1) * row + entry(2)) / w;
  const at::Tensor y = (entry(3) * column + entry(4) * row + entry(5)) / w;
  const auto step = [&](const at::Tensor& p, int i) {
    return ((entry(i) - p * entry(6)).square() + (entry(i + 1) - p * entry(7)).square()).sqrt() / w;
  };
  return {x, y, step(x, 0), step(y, 3)};
}

at::Tensor choose_levels(const SamplePlan& plan, const Places& places) {
  at::Tensor level = at::zeros_like(places.x, at::kLong);
  for (std::size_t i = 1; i < plan.levels.size(); ++i) {
    const at::Tensor x = places.step_x * plan.levels[i].scale_x;
    const at::Tensor y = places.step_y * plan.levels[i].scale_y;
    level += (at::maximum(at::minimum(x, y), at::maximum(x, y) / kAnisotropy) >= 1).to(at::kLong);
  }
  return level;
}

// The taps along one axis: indices in the level, and their weights, each [V, S, S].
struct AxisTaps {
  std::vector<at::Tensor> index, weight;
};

at::Tensor bordered(const at::Tensor& index, const at::Tensor& size, const at::Tensor& border) {
  const at::Tensor mirrored = at::remainder(index, 2 * size);
  const at::Tensor edge = at::minimum(index.clamp_min(0), size - 1);
  return at::where(border == int(Border::wrap), at::remainder(index, size),
                   at::where(border == int(Border::reflect),
                             at::minimum(mirrored, 2 * size - 1 - mirrored), edge));
}

AxisTaps place_taps(const at::Tensor& centre, const at::Tensor& step, const at::Tensor& scale,
                    const at::Tensor& size, const at::Tensor& border) {
  const at::Tensor middle = centre * scale - 0.5;
  const at::Tensor radius = (step * scale).clamp(1, kWidestTent);
  const at::Tensor first = (middle - radius).floor() + 1;
  const int count = int(((middle + radius).ceil() - first).max().item<double>());
  AxisTaps taps;
  at::Tensor sum = at::zeros_like(middle);
  for (int k = 0; k < count; ++k) {
    const at::Tensor index = (first + k).to(at::kLong);
    const at::Tensor weight = (1 - (first + k - middle).abs() / radius).clamp_min(0);
    const at::Tensor beyond = (border == int(Border::grey)) & ((index < 0) | (index >= size));
    sum = sum + weight;
    taps.index.push_back(bordered(index, size, border));
    taps.weight.push_back(weight.masked_fill(beyond, 0));
  }
  for (at::Tensor& weight : taps.weight) weight = weight / sum;
  return taps;
}

at::Tensor sample_picture(const SamplePlan& plan, std::int64_t n, const at::Tensor& picture) {
  const at::Device device = picture.device();
  const Places places = place_pixels(plan, n, device);
  const at::Tensor level = choose_levels(plan, places);
  std::vector<double> rules;
  for (int v = 0; v < plan.views; ++v)
    rules.push_back(double(plan.warps[std::size_t(n * plan.views + v)].border));
  const at::Tensor border = constants(rules, device).view({-1, 1, 1});

  const auto property = [&](auto get) { return of_level(plan, level, get); };
  const at::Tensor width = property([](const Level& l) { return l.width; }).to(at::kLong);
  const at::Tensor height = property([](const Level& l) { return l.height; }).to(at::kLong);
  const at::Tensor offset = property([](const Level& l) { return l.offset; }).to(at::kLong);
  const AxisTaps across = place_taps(
      places.x, places.step_x, property([](const Level& l) { return l.scale_x; }), width, border);
  const AxisTaps down = place_taps(
      places.y, places.step_y, property([](const Level& l) { return l.scale_y; }), height, border);

  const at::Tensor texels = flat_pyramid(plan, picture);
  at::Tensor views = at::zeros({kChannels, level.numel()}, picture.options());
  at::Tensor inside = at::zeros_like(places.x);
  for (std::size_t i = 0; i < down.index.size(); ++i)
    for (std::size_t k = 0; k < across.index.size(); ++k) {
      const at::Tensor index = offset + down.index[i] * width + across.index[k];
      const at::Tensor weight = down.weight[i] * across.weight[k];
      views = views +
              texels.index_select(1, index.flatten()) * weight.flatten().to(picture.scalar_type());
      inside = inside + weight;
    }
  const at::Tensor beyond =
      at::where(border == int(Border::grey), kGreyFill * (1 - inside), at::zeros_like(inside));
  return views.view({kChannels, plan.views, plan.side_px, plan.side_px}).transpose(0, 1) +
         beyond.unsqueeze(1).to(picture.scalar_type());
}

}  // namespace

at::Tensor sample_views_by_operators(const at::Tensor& picture, std::span<const Warp> warps,
                                     int side_px) {
  const SamplePlan plan = make_sample_plan(picture, warps, side_px);
  std::vector<at::Tensor> views;
  for (std::int64_t n = 0; n < plan.pictures; ++n)
    views.push_back(sample_picture(plan, n, picture[n]));
  return at::stack(views);
}

}  // namespace clipguide::view
