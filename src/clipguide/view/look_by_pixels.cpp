#include "clipguide/view/look_by_pixels.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#ifdef CLIPGUIDE_CUDA
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

#include "clipguide/base/error.h"
#include "clipguide/imaging/autograd_plan.h"
#include "clipguide/imaging/noise_values.h"
#include "clipguide/view/appearance.h"
#include "clipguide/view/look_cuda.h"
#include "clipguide/view/sample_plan.h"
#include "clipguide/view/sampler.h"

namespace clipguide::view {
namespace {

using pixels::Job;
using pixels::ViewEntry;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

ViewEntry entry_of(const PixelMap& map, const Warp& warp, const Disturbance::OfView& view) {
  ViewEntry entry{map,      warp.border, {},          float(view.lift),     view.left,
                  view.top, view.right,  view.bottom, float(view.amplitude)};
  std::transform(view.matrix.begin(), view.matrix.end(), entry.matrix,
                 [](double value) { return float(value); });
  return entry;
}

/// How much larger a pixel's gradient can become on its way back through the colours.
double growth_of(const Disturbance::OfView& view) {
  double most = 0;
  for (std::size_t c = 0; c < 3; ++c)
    most = std::max(most, std::abs(view.matrix[c]) + std::abs(view.matrix[3 + c]) +
                              std::abs(view.matrix[6 + c]));
  return most + 3 * std::abs(view.lift);
}

struct PixelLook {
  SamplePlan plan;
  Disturbance what;
  Job job{};
  at::Tensor tables = {};  // what the job points to
  double growth = 1;
};
using KeptPixelLook = imaging::PlanPointer<PixelLook>;

/// Packs noise keys, levels and views into one block and sends it to the device.
void make_job(PixelLook& look, torch::Device device) {
  const SamplePlan& plan = look.plan;
  const Disturbance& what = look.what;
  const std::size_t views = plan.warps.size();
  const std::int64_t numbers = 3 * std::int64_t(plan.side_px) * plan.side_px;
  const std::int64_t blocks =
      what.adds_noise ? (numbers + imaging::kNoiseBlock - 1) / imaging::kNoiseBlock : 0;

  std::vector<std::uint64_t> keys;
  std::vector<ViewEntry> entries;
  look.growth = what.recolours ? 0 : 1;
  for (std::size_t v = 0; v < views; ++v) {
    const Disturbance::OfView view =
        what.views.empty() ? Disturbance::OfView{.noise = base::RandomStream(0, "none")}
                           : what.views[v];
    entries.push_back(entry_of(plan.maps[v], plan.warps[v], view));
    if (what.recolours) look.growth = std::max(look.growth, growth_of(view));
    for (std::int64_t block = 0; block < blocks; ++block)
      keys.push_back(view.noise.at(std::uint64_t(block)).key());
  }

  const std::size_t key_bytes = keys.size() * sizeof(std::uint64_t);
  const std::size_t level_bytes = plan.levels.size() * sizeof(Level);
  const std::size_t entry_bytes = entries.size() * sizeof(ViewEntry);
  const at::Tensor host =
      at::empty({std::int64_t(key_bytes + level_bytes + entry_bytes)}, at::kByte);
  std::uint8_t* const to = host.data_ptr<std::uint8_t>();
  if (key_bytes > 0) std::memcpy(to, keys.data(), key_bytes);
  std::memcpy(to + key_bytes, plan.levels.data(), level_bytes);
  std::memcpy(to + key_bytes + level_bytes, entries.data(), entry_bytes);
  look.tables = host.to(device, /*non_blocking=*/true);

  const std::uint8_t* const tables = look.tables.data_ptr<std::uint8_t>();
  look.job = {plan.pictures,
              plan.views,
              plan.side_px,
              reinterpret_cast<const Level*>(tables + key_bytes),
              int(plan.levels.size()),
              plan.first_level,
              plan.texels(),
              reinterpret_cast<const ViewEntry*>(tables + key_bytes + level_bytes),
              reinterpret_cast<const std::uint64_t*>(tables),
              imaging::kNoiseBlock,
              int(blocks),
              what.recolours,
              what.adds_noise,
              what.clips,
              what.lifts,
              what.uniform_noise,
              float(what.fill),
              float(kGreyFill)};
}

constexpr auto kLoop = [](std::int64_t count, const auto& body) {
  for (std::int64_t i = 0; i < count; ++i) body(i);
};

#ifdef CLIPGUIDE_CUDA
void* stream_of(const at::Tensor& tensor) {
  return c10::cuda::getCurrentCUDAStream(tensor.device().index()).stream();
}
#endif

struct LookByPixels : torch::autograd::Function<LookByPixels> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& picture,
                            KeptPixelLook kept) {
    imaging::keep_plan(context, kept);
    const PixelLook& look = kept->plan;
    const Job& job = look.job;
    const at::Tensor in = picture.contiguous();
    const auto f32 = in.options(), f64 = f32.dtype(at::kDouble), bytes = f32.dtype(at::kByte);
    const std::int64_t n = job.pictures, v = job.views, side = job.side;
    const at::Tensor texels = at::empty({n, job.texels, 3}, f32);
    const at::Tensor views = at::empty({n, v, 3, side, side}, f32);
    const at::Tensor passes = at::empty({n, v, side, side}, bytes);
    const at::Tensor row_sums = at::empty({job.lifts ? n * v * side : 0}, f64);
    const at::Tensor mean_luma = at::empty({job.lifts ? n * v : 0}, f32);
    const pixels::Looked out{texels.data_ptr<float>(), views.data_ptr<float>(),
                             passes.data_ptr<std::uint8_t>(), row_sums.data_ptr<double>(),
                             mean_luma.data_ptr<float>()};
    const Level* const levels = look.plan.levels.data();
#ifdef CLIPGUIDE_CUDA
    if (in.is_cuda()) {
      const c10::cuda::CUDAGuard guard(in.device());
      pixels::look_cuda(job, levels, in.data_ptr<float>(), out, stream_of(in));
    } else
#endif
      pixels::look(job, levels, in.data_ptr<float>(), out, kLoop);
    context->save_for_backward({picture, passes});
    return views;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const KeptPixelLook kept = imaging::kept_plan<PixelLook>(context);
    const PixelLook& look = kept->plan;
    const variable_list saved = context->get_saved_variables();
    // A gradient that is to be differentiated in its turn: by operators that can be.
    if (at::GradMode::is_enabled()) {
      const at::Tensor sampled =
          sample_views_by_operators(saved[0], look.plan.warps, look.plan.side_px);
      const at::Tensor views = look.what.happens() ? disturb(look.what, sampled) : sampled;
      return {torch::autograd::grad({views}, {saved[0]}, {gradients[0]}, true, true)[0],
              at::Tensor()};
    }
    const Job& job = look.job;
    const at::Tensor in = gradients[0].contiguous(), passes = saved[1];
    const auto f32 = in.options(), f64 = f32.dtype(at::kDouble), whole = f32.dtype(at::kLong);
    const std::int64_t n = job.pictures, v = job.views;
    const at::Tensor largest = in.abs().max();
    const at::Tensor row_sums = at::empty({job.lifts ? n * v * job.side : 0}, f64);
    const at::Tensor lifted = at::empty({job.lifts ? n * v : 0}, f32);
    const at::Tensor texels = at::zeros({n, job.texels, 3}, whole);
    const at::Tensor sums = at::empty({n, job.texels, 3}, f32);
    const at::Tensor out = at::empty(saved[0].sizes(), f32);
    const pixels::Spread spread{
        in.data_ptr<float>(),
        passes.data_ptr<std::uint8_t>(),
        largest.data_ptr<float>(),
        float(look.growth),
        row_sums.data_ptr<double>(),
        lifted.data_ptr<float>(),
        reinterpret_cast<unsigned long long*>(texels.data_ptr<std::int64_t>()),
        sums.data_ptr<float>(),
        out.data_ptr<float>()};
    const Level* const levels = look.plan.levels.data();
#ifdef CLIPGUIDE_CUDA
    if (in.is_cuda()) {
      const c10::cuda::CUDAGuard guard(in.device());
      pixels::look_adjoint_cuda(job, levels, spread, stream_of(in));
    } else
#endif
      pixels::look_adjoint(job, levels, spread, kLoop);
    return {out, at::Tensor()};
  }
};

}  // namespace

bool has_pixel_kernels(const at::Tensor& picture) {
#ifdef CLIPGUIDE_CUDA
  return picture.is_cuda() && picture.scalar_type() == at::kFloat;
#else
  return false;
#endif
}

at::Tensor look_by_pixels(const at::Tensor& picture, std::span<const Warp> warps, int side_px,
                          const Disturbance& what) {
  if ((!picture.is_cpu() && !has_pixel_kernels(picture)) || picture.scalar_type() != at::kFloat)
    base::throw_error<base::UsageError>(
        "view: expected an f32 picture where kernels are, got {} on {}",
        c10::toString(picture.scalar_type()), picture.device().str());
  const KeptPixelLook kept = c10::make_intrusive<imaging::PlanHolder<PixelLook>>(
      PixelLook{make_sample_plan(picture, warps, side_px), what});
  make_job(kept->plan, picture.device());
  return LookByPixels::apply(picture, kept);
}

}  // namespace clipguide::view
