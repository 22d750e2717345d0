#include "benchmark/contender.h"

#include "clipguide/guide/default_lr.h"
#include "clipguide/view/appearance.h"
#include "clipguide/view/placement.h"
#include "clipguide/view/sampler.h"
#include "clipguide/view/view_options.h"

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

}  // namespace

Contender::Contender(const WorkerOptions& options) {
  if (options.threads > 0) torch::set_num_threads(options.threads);
  view::ViewOptions views = view::view_preset("das");
  views.count = options.views;
  const int margin_px = view::margin_px(views, options.canvas_px, options.canvas_px);
  view = view::make_view(views, margin_px);
  if (options.reference) view = std::make_unique<ReferenceView>(views, margin_px);

  canvas::CanvasOptions canvas_options;
  canvas_options.width_px = canvas_options.height_px = options.canvas_px + 2 * margin_px;
  canvas = canvas::make_canvas(canvas_options);

  clip = clip::load_clip(options.model);
  torch::manual_seed(1);
  const at::Tensor wish = clip::unit_length(torch::randn({1, clip->config().embedding}));
  objective = std::make_shared<objective::PromptObjective>(
      std::vector<objective::PromptTargets>{{1, wish}}, std::vector<objective::PromptPull>{{}},
      objective::Distance::cosine);

  guide.optimizer.lr = guide::default_lr(canvas_options.kind, guide.optimizer.kind);
  guide.seeds = {1};
}

}  // namespace clipguide::bench
