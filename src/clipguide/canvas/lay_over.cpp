#include "clipguide/canvas/lay_over.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "clipguide/base/parallel.h"
#include "clipguide/canvas/form_generator.h"
#include "clipguide/canvas/lay_over_cpu.h"
#include "clipguide/imaging/autograd_plan.h"

namespace clipguide::canvas {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

CollagePlan plan_of(const at::Tensor& backdrop, const at::Tensor& drawn, const at::Tensor& place,
                    const at::Tensor& opacity, int margin_px) {
  CollagePlan plan;
  plan.pictures = backdrop.size(0);
  plan.objects = drawn.size(1);
  plan.texels = drawn.size(4);
  plan.height = backdrop.size(2);
  plan.width = backdrop.size(3);
  plan.margin_px = margin_px;
  const at::Tensor places = place.contiguous(), there = opacity.contiguous();
  const std::int64_t count = plan.pictures * plan.objects;
  for (std::int64_t i = 0; i < count; ++i)
    plan.maps.push_back(map_form(places.data_ptr<float>() + 4 * i, plan.height, plan.width,
                                 margin_px, plan.texels));
  plan.opacity.assign(there.data_ptr<float>(), there.data_ptr<float>() + count);
  return plan;
}

at::Tensor laid(CollagePlan& plan, const at::Tensor& backdrop, const at::Tensor& drawn,
                bool keep_under) {
  const at::Tensor under = backdrop.contiguous(),
                   picture = at::empty(under.sizes(), under.options());
  take_forms(plan, drawn.data_ptr<float>(), base::threads());
  lay_over_cpu(plan, under.data_ptr<float>(), picture.data_ptr<float>(), keep_under,
               base::threads());
  return picture;
}

struct LayOver : torch::autograd::Function<LayOver> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& backdrop,
                            const at::Tensor& drawn, const at::Tensor& place,
                            const at::Tensor& opacity, std::int64_t margin_px,
                            const at::Tensor& held) {
    const at::Tensor forms = drawn.contiguous();
    auto holder = c10::make_intrusive<imaging::PlanHolder<CollagePlan>>(
        plan_of(backdrop, drawn, place, opacity, int(margin_px)));
    const at::Tensor picture = laid(holder->plan, backdrop, forms, /*keep_under=*/true);
    imaging::keep_plan(context, holder);
    context->save_for_backward({forms, held});
    return picture;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto holder = imaging::kept_plan<CollagePlan>(context);
    const CollagePlan& plan = holder->plan;
    const auto saved = context->get_saved_variables();
    const at::Tensor &drawn = saved[0], held = saved[1].contiguous();
    const at::Tensor gradient = gradients[0].contiguous();
    const at::Tensor to_backdrop = at::empty(gradient.sizes(), gradient.options());
    const at::Tensor to_drawn = at::empty(drawn.sizes(), drawn.options());
    const at::Tensor to_place = at::empty({plan.pictures, plan.objects, 4}, drawn.options());
    const at::Tensor to_opacity = at::empty({plan.pictures, plan.objects}, drawn.options());
    std::vector<FormSlopes> slopes(plan.maps.size());
    lay_over_gradient_cpu(plan, gradient.data_ptr<float>(),
                          held.numel() > 0 ? held.data_ptr<float>() : nullptr,
                          drawn.data_ptr<float>(), to_backdrop.data_ptr<float>(),
                          to_drawn.data_ptr<float>(), slopes.data(), base::threads());
    for (std::size_t i = 0; i < slopes.size(); ++i) {
      place_gradient(slopes[i], plan.maps[i], plan.height, plan.width, plan.margin_px,
                     to_place.data_ptr<float>() + 4 * i);
      to_opacity.data_ptr<float>()[i] = float(slopes[i].opacity);
    }
    return {to_backdrop, to_drawn, to_place, to_opacity, {}, {}};
  }
};

/// What holds the squares of an object in all pictures, and what bilinear sampling shows beyond
/// them.   place [N, 4]
FormMap box_around(const at::Tensor& place, std::int64_t height, std::int64_t width, int margin_px,
                   std::int64_t texels) {
  FormMap box;
  box.height = height, box.width = width;
  if (!place.is_cpu()) return box;  // to ask a GPU would be to wait for it
  const at::Tensor values = place.detach().to(at::kFloat).contiguous();
  std::int64_t top = height, left = width, bottom = 0, right = 0;
  for (std::int64_t n = 0; n < values.size(0); ++n) {
    const FormMap map =
        map_form(values.data_ptr<float>() + 4 * n, height, width, margin_px, texels);
    top = std::min(top, map.top), bottom = std::max(bottom, map.top + map.height);
    left = std::min(left, map.left), right = std::max(right, map.left + map.width);
  }
  box.top = top, box.height = bottom - top;
  box.left = left, box.width = right - left;
  return box;
}

/// Which copies of a tile's objects show: of each object in turn, how many sides it is moved by.
struct Copies {
  std::vector<std::int64_t> objects;
  std::vector<float> moves;  // x, y of each, and no change of size and turn
};

/// First and last number of sides by which centres are moved so that something of what lies within
/// `reach` of them shows.
std::pair<int, int> shown_moves(const float* centres, std::int64_t count, std::int64_t stride,
                                const std::vector<double>& reach) {
  constexpr double kMost = 8;  // sides: what is no number, or too far or large, is not followed
  double first = kMost, last = -kMost;
  for (std::int64_t n = 0; n < count; ++n) {
    const double centre = centres[n * stride], around = std::min(reach[std::size_t(n)], kMost);
    if (!(std::abs(centre) < kMost)) continue;
    first = std::min(first, std::ceil(-around - centre));
    last = std::max(last, std::floor(1 + around - centre));
  }
  return first > last ? std::pair{0, 0} : std::pair{int(first), int(last)};
}

Copies shown_copies(const at::Tensor& place, std::int64_t height, std::int64_t width,
                    std::int64_t texels) {
  const std::int64_t pictures = place.size(0), objects = place.size(1);
  Copies copies;
  const at::Tensor values = place.is_cpu() ? place.detach().to(at::kFloat).contiguous()
                                           : at::Tensor();  // to ask a GPU would be to wait for it
  const double shorter = double(std::min(height, width));
  for (std::int64_t k = 0; k < objects; ++k) {
    std::pair<int, int> across{-1, 1}, down{-1, 1};
    if (values.defined()) {
      const float* const first = values.data_ptr<float>() + 4 * k;
      std::vector<double> reach_x, reach_y;
      for (std::int64_t n = 0; n < pictures; ++n) {
        // Half the diagonal, with what bilinear sampling shows beyond it.
        const double reach_px = std::exp(double(first[4 * objects * n + 2])) * shorter * 0.7072 *
                                    (1 + 2.0 / double(texels)) +
                                1;
        reach_x.push_back(reach_px / double(width));
        reach_y.push_back(reach_px / double(height));
      }
      across = shown_moves(first, pictures, 4 * objects, reach_x);
      down = shown_moves(first + 1, pictures, 4 * objects, reach_y);
    }
    for (int y = down.first; y <= down.second; ++y)
      for (int x = across.first; x <= across.second; ++x) {
        copies.objects.push_back(k);
        copies.moves.insert(copies.moves.end(), {float(x), float(y), 0, 0});
      }
  }
  return copies;
}

}  // namespace

at::Tensor lay_over_tile(const at::Tensor& backdrop, const at::Tensor& drawn,
                         const at::Tensor& place, const at::Tensor& opacity,
                         const at::Tensor& held) {
  const Copies copies =
      shown_copies(place, backdrop.size(2), backdrop.size(3), drawn.size(drawn.dim() - 1));
  const at::Tensor which = torch::tensor(copies.objects, at::kLong).to(place.device());
  const at::Tensor moves =
      torch::tensor(copies.moves).view({1, -1, 4}).to(place.device(), place.scalar_type());
  return lay_over(backdrop, drawn.index_select(1, which), place.index_select(1, which) + moves,
                  opacity.index_select(1, which), 0, held);
}

at::Tensor lay_over(const at::Tensor& backdrop, const at::Tensor& drawn, const at::Tensor& place,
                    const at::Tensor& opacity, int margin_px, const at::Tensor& held) {
  const std::initializer_list<at::Tensor> inputs = {backdrop, drawn, place, opacity};
  if (!std::all_of(inputs.begin(), inputs.end(), imaging::is_cpu_float))
    return lay_over_by_operators(backdrop, drawn, place, opacity, margin_px, held);
  const bool trains = at::GradMode::is_enabled() &&
                      std::any_of(inputs.begin(), inputs.end(),
                                  [](const at::Tensor& tensor) { return tensor.requires_grad(); });
  if (trains)  // autograd's functions take no undefined tensor
    return LayOver::apply(backdrop, drawn, place, opacity, margin_px,
                          held.defined() ? held : at::empty({0}, backdrop.options()));
  CollagePlan plan = plan_of(backdrop, drawn, place, opacity, margin_px);
  plan.shared_forms = drawn.stride(0) == 0;
  return laid(plan, backdrop, (plan.shared_forms ? drawn.narrow(0, 0, 1) : drawn).contiguous(),
              /*keep_under=*/false);
}

at::Tensor lay_over_by_operators(const at::Tensor& backdrop, const at::Tensor& drawn,
                                 const at::Tensor& place, const at::Tensor& opacity, int margin_px,
                                 const at::Tensor& held) {
  const std::int64_t height = backdrop.size(2), width = backdrop.size(3);
  const double inner_height = double(height - 2 * margin_px),
               inner_width = double(width - 2 * margin_px);
  const double shorter = std::min(inner_height, inner_width);
  // Pixel centres in parts of the shorter side, from the picture's corner.
  const auto centres = [&](std::int64_t count) {
    return (torch::arange(count, backdrop.options()) + (0.5 - margin_px)) / shorter;
  };
  const at::Tensor rows = centres(height).view({1, height, 1}),
                   columns = centres(width).view({1, 1, width});
  at::Tensor picture = held.defined() ? backdrop * (1 - held) + backdrop.detach() * held : backdrop;
  for (std::int64_t k = 0; k < drawn.size(1); ++k) {
    const auto value = [&](int at) { return place.select(1, k).select(1, at).view({-1, 1, 1}); };
    const FormMap box =
        box_around(place.select(1, k), height, width, margin_px, drawn.size(drawn.dim() - 1));
    const at::Tensor y = rows.narrow(1, box.top, box.height),
                     x = columns.narrow(2, box.left, box.width);
    const at::Tensor scale = 2 * (-value(2)).exp();  // the square spans [-1, 1]
    const at::Tensor from_x = (x - value(0) * (inner_width / shorter)) * scale;
    const at::Tensor from_y = (y - value(1) * (inner_height / shorter)) * scale;
    const at::Tensor cosine = value(3).cos(), sine = value(3).sin();
    const at::Tensor grid =
        torch::stack({from_x * cosine + from_y * sine, from_y * cosine - from_x * sine}, -1);
    const at::Tensor there =
        opacity.select(1, k).view({-1, 1, 1, 1}).expand({-1, 1, box.height, 1});
    const at::Tensor inside =
        at::grid_sampler_2d(premultiplied(drawn.select(1, k)), grid,
                            /*bilinear*/ 0, /*zeros*/ 0, /*align_corners=*/false) *
        there;
    const at::Tensor seen = at::constant_pad_nd(
        inside, {box.left, width - box.left - box.width, box.top, height - box.top - box.height});
    picture = seen.narrow(1, 0, 3) + picture * (1 - seen.narrow(1, 3, 1));
  }
  return picture;
}

}  // namespace clipguide::canvas
