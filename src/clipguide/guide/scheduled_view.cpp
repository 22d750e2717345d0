#include "clipguide/guide/scheduled_view.h"

#include <algorithm>

#include "clipguide/base/error.h"

namespace clipguide::guide {
namespace {

view::ViewOptions options_at(view::ViewOptions options, const std::vector<ViewStrength>& strengths,
                             double progress) {
  for (const ViewStrength& one : strengths)
    // Between the points that were looked over a formula may still go too far.
    view::set_strength(options, one.name,
                       std::clamp(one.strength.at(progress), 0.0, view::kStrongest));
  return options;
}

class ScheduledView final : public view::View {
 public:
  ScheduledView(view::ViewOptions options, std::vector<ViewStrength> strengths, int margin_px)
      : options_(std::move(options)), strengths_(std::move(strengths)), margin_px_(margin_px) {}

  int count(double progress) const override { return options_.count; }

  at::Tensor look(const at::Tensor& picture_srgb, int side_px, view::ViewRange range,
                  std::span<const base::RandomStream> streams, double progress) const override {
    const auto now = view::make_view(options_at(options_, strengths_, progress), margin_px_);
    return now->look(picture_srgb, side_px, range, streams, progress);
  }

 private:
  view::ViewOptions options_;
  std::vector<ViewStrength> strengths_;
  int margin_px_;
};

}  // namespace

ViewStrength parse_view_strength(const std::string& setting) {
  const std::size_t equals = setting.find('=');
  if (equals == std::string::npos)
    base::throw_error<base::UsageError>("view: expected NAME=STRENGTH, got '{}'", setting);
  ViewStrength one{setting.substr(0, equals),
                   Curve::parse(std::string_view(setting).substr(equals + 1), "view strength")};
  view::ViewOptions any;
  view::set_strength(any, one.name, one.strength.worst(0, view::kStrongest));
  return one;
}

std::vector<ViewStrength> view_strengths(const RunOptions& options) {
  std::vector<ViewStrength> strengths;
  for (const std::string& setting : options.view_strengths)
    strengths.push_back(parse_view_strength(setting));
  return strengths;
}

view::ViewOptions view_options(const RunOptions& options) {
  view::ViewOptions views = view::view_preset(options.views);
  if (options.cuts > 0) views.count = options.cuts;
  // A tile has no edges: every view may begin anywhere and looks on round them.
  if (options.tile) {
    views.border = view::Border::wrap;
    views.roll = {.strength = 1, .share = 0.5};
  }
  return views;
}

std::unique_ptr<view::View> make_scheduled_view(const view::ViewOptions& options,
                                                const std::vector<ViewStrength>& strengths,
                                                int margin_px) {
  const bool constant = std::all_of(strengths.begin(), strengths.end(),
                                    [](const auto& one) { return one.strength.constant(); });
  auto at_first = view::make_view(options_at(options, strengths, 0), margin_px);
  if (constant) return at_first;
  return std::make_unique<ScheduledView>(options, strengths, margin_px);
}

int margin_px(view::ViewOptions options, const std::vector<ViewStrength>& strengths, int width,
              int height) {
  constexpr int kLooks = 64;
  int widest = 0;
  for (int i = 0; i <= kLooks; ++i)
    widest = std::max(
        widest, view::margin_px(options_at(options, strengths, double(i) / kLooks), width, height));
  return widest;
}

}  // namespace clipguide::guide
