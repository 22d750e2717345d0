#include "clipguide/view/look.h"

#include "clipguide/base/parallel.h"
#include "clipguide/imaging/autograd_plan.h"
#include "clipguide/view/appearance.h"
#include "clipguide/view/look_by_pixels.h"
#include "clipguide/view/look_cpu.h"
#include "clipguide/view/sampler.h"

namespace clipguide::view {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct LookPlan {
  SamplePlan plan;
  Disturbance what;
};
using KeptLook = imaging::PlanPointer<LookPlan>;

using imaging::with_type;

at::Tensor look_by_operators(const at::Tensor& picture, const LookPlan& look) {
  return disturb(look.what, sample_views(picture, look.plan.warps, look.plan.side_px));
}

struct Look : torch::autograd::Function<Look> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& picture, KeptLook kept) {
    imaging::keep_plan(context, kept);
    const auto& [plan, what] = kept->plan;
    const at::Tensor in = picture.contiguous();
    const at::Tensor views =
        at::empty({plan.pictures, plan.views, kChannels, plan.side_px, plan.side_px}, in.options());
    const at::Tensor passes =
        at::empty({plan.pictures, plan.views, plan.side_px, plan.side_px}, at::kByte);
    with_type(in, [&](auto zero) {
      using T = decltype(zero);
      look_cpu<T>(plan, what, in.data_ptr<T>(), views.data_ptr<T>(),
                  passes.data_ptr<std::uint8_t>(), base::threads());
    });
    context->save_for_backward({picture, passes});
    return views;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const KeptLook kept = imaging::kept_plan<LookPlan>(context);
    const LookPlan& look = kept->plan;
    const variable_list saved = context->get_saved_variables();
    // A gradient that is to be differentiated in its turn: by operators that can be.
    if (at::GradMode::is_enabled()) {
      const at::Tensor views = look_by_operators(saved[0], look);
      return {torch::autograd::grad({views}, {saved[0]}, {gradients[0]}, true, true)[0],
              at::Tensor()};
    }
    const at::Tensor in = gradients[0].contiguous(), passes = saved[1];
    const at::Tensor out = at::empty(saved[0].sizes(), in.options());
    with_type(in, [&](auto zero) {
      using T = decltype(zero);
      look_adjoint_cpu<T>(look.plan, look.what, in.data_ptr<T>(), passes.data_ptr<std::uint8_t>(),
                          out.data_ptr<T>(), base::threads());
    });
    return {out, at::Tensor()};
  }
};

}  // namespace

at::Tensor look_at(const at::Tensor& picture, std::span<const Warp> warps, int side_px,
                   const Disturbance& what) {
  if (has_pixel_kernels(picture)) return look_by_pixels(picture, warps, side_px, what);
  const bool fused = picture.device().is_cpu() &&
                     (picture.scalar_type() == at::kFloat || picture.scalar_type() == at::kDouble);
  if (!fused || !what.happens()) {
    const at::Tensor views = sample_views(picture, warps, side_px);
    return what.happens() ? disturb(what, views) : views;
  }
  return Look::apply(picture, c10::make_intrusive<imaging::PlanHolder<LookPlan>>(
                                  LookPlan{make_sample_plan(picture, warps, side_px), what}));
}

}  // namespace clipguide::view
