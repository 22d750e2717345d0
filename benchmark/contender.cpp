#include "benchmark/contender.h"

#include "clipguide/base/parallel.h"
#include "clipguide/clip/frozen/compile_tower.h"
#include "clipguide/guide/default_lr.h"
#include "clipguide/guide/model_card.h"
#include "clipguide/guide/run.h"
#include "clipguide/guide/scheduled_view.h"
#include "clipguide/objective/regularizers.h"
#include "clipguide/view/appearance.h"
#include "clipguide/view/placement.h"
#include "clipguide/view/sampler.h"

namespace clipguide::bench {
namespace {

// The same views by libtorch's operators.
class ReferenceView : public view::View {
 public:
  ReferenceView(view::ViewOptions options, int margin_px)
      : options_(std::move(options)), margin_px_(margin_px) {}

  int count(double) const override { return options_.count; }

  at::Tensor look(const at::Tensor& picture, int side_px, view::ViewRange range,
                  std::span<const base::RandomStream> streams, double progress) const override {
    const view::Frame frame{int(picture.size(3)), int(picture.size(2)), margin_px_};
    std::vector<base::RandomStream> own_streams;
    std::vector<view::Warp> warps;
    for (const base::RandomStream& stream : streams)
      for (int index = range.first; index < range.first + range.count; ++index) {
        own_streams.push_back(stream.at(std::uint64_t(index)));
        warps.push_back(view::place_view(options_, frame, index, own_streams.back(), progress));
      }
    return view::disturb(view::draw_disturbance(options_, side_px, own_streams, progress),
                         view::sample_views_by_operators(picture, warps, side_px));
  }

 private:
  view::ViewOptions options_;
  int margin_px_;
};

constexpr int kObjects = 2;  // of a collage: as a prompt that names two things

// What a run would be asked for.
guide::RunOptions run_options(const WorkerOptions& options) {
  guide::RunOptions run;
  if (!options.preset.empty())
    run = guide::preset_options(guide::read_model_card(options.model), options.preset);
  if (options.views > 0) run.cuts = options.views;
  run.width = run.height = options.canvas_px;
  run.kernels = options.reference ? "libtorch" : options.kernels;
  run.precision = options.reference ? "fp32" : options.precision;
  return run;
}

}  // namespace

Contender::Contender(const WorkerOptions& options) {
  base::set_threads(options.threads);
  torch::set_num_threads(options.reference ? base::threads() : 1);
  const guide::RunOptions run = run_options(options);
  const view::ViewOptions seen = guide::view_options(run);
  const guide::ViewCurves curves = guide::view_curves(run);
  const int margin_px = guide::margin_px(seen, curves.strengths, run.width, run.height);
  view = guide::make_scheduled_view(seen, curves, margin_px);
  if (options.reference) view = std::make_unique<ReferenceView>(seen, margin_px);
  views = seen.count;

  canvas::CanvasOptions canvas_options;
  canvas_options.kind = run.canvas;
  canvas_options.width_px = canvas_options.height_px = options.canvas_px + 2 * margin_px;
  canvas_options.margin_px = margin_px;
  if (run.canvas == "collage") {
    canvas_options.forms = guide::forms_beside(options.model);
    canvas_options.objects = kObjects;
    if (const auto tower = guide::tower_options(run))
      canvas_options.kernels = &clip::frozen::kernels_of(*tower);
  }
  canvas = canvas::make_canvas(canvas_options);
  if (run.canvas == "collage")  // its objects are not there before
    canvas->add_noise(std::vector{base::RandomStream(1, "canvas")}, 1);

  clip::LoadOptions load;
  load.tower = guide::tower_options(run);
  load.packed.folder = options.packed;
  clip = clip::load_clip(options.model, load);
  torch::manual_seed(1);
  const at::Tensor wish = clip::unit_length(torch::randn({1, clip->config().embedding}));
  objectives.push_back(std::make_shared<objective::PromptObjective>(
      std::vector<objective::PromptTargets>{{1, wish}}, std::vector<objective::PromptPull>{{}},
      objective::Distance::cosine));
  if (run.tv.at(0) > 0)
    objectives.push_back(std::make_shared<objective::TotalVariation>(run.tv.at(0)));

  guide.steps = run.steps;
  guide.optimizer.kind = guide::parse_optimizer(run.optimizer);
  guide.optimizer.lr =
      run.lr.at(0) > 0 ? run.lr.at(0) : guide::default_lr(run.canvas, guide.optimizer.kind);
  guide.coarse_to_fine = run.coarse_to_fine;
  guide.seeds = {1};
}

}  // namespace clipguide::bench
