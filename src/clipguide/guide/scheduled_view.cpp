#include "clipguide/guide/scheduled_view.h"

#include <algorithm>
#include <cmath>

#include "clipguide/base/error.h"

namespace clipguide::guide {
namespace {

view::ViewOptions strengths_at(view::ViewOptions options,
                               const std::vector<ViewStrength>& strengths, double progress) {
  for (const ViewStrength& one : strengths)
    // Between the points that were looked over a formula may still go too far.
    view::set_strength(options, one.name,
                       std::clamp(one.strength.at(progress), 0.0, view::kStrongest));
  return options;
}

class ScheduledView final : public view::View {
 public:
  ScheduledView(view::ViewOptions options, ViewCurves curves, int margin_px)
      : options_(std::move(options)), curves_(std::move(curves)), margin_px_(margin_px) {}

  int count(double progress) const override { return curves_.count_at(progress, options_.count); }

  at::Tensor look(const at::Tensor& picture_srgb, int side_px, view::ViewRange range,
                  std::span<const base::RandomStream> streams, double progress) const override {
    view::ViewOptions now = strengths_at(options_, curves_.strengths, progress);
    now.count = count(progress);
    return view::make_view(now, margin_px_)->look(picture_srgb, side_px, range, streams, progress);
  }

 private:
  view::ViewOptions options_;
  ViewCurves curves_;
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

ViewCurves view_curves(const RunOptions& options) {
  ViewCurves curves;
  for (const std::string& setting : options.view_strengths)
    curves.strengths.push_back(parse_view_strength(setting));
  if (!options.cuts.constant())
    curves.count = [cuts = options.cuts](double progress) {
      // Between the points that were looked over a formula may still be anything, NaN too.
      return int(std::lround(std::min(std::max(1.0, cuts.at(progress)), double(view::kMostViews))));
    };
  return curves;
}

ViewCounts view_counts(const RunOptions& options) {
  const ViewCurves curves = view_curves(options);
  const int constant = view_options(options).count;
  if (!curves.count) return {double(constant), constant};
  ViewCounts counts;
  for (int step = 0; step < options.steps; ++step) {
    const int count = curves.count(double(step) / options.steps);
    counts.mean += double(count) / options.steps;
    counts.largest = std::max(counts.largest, count);
  }
  return counts;
}

view::ViewOptions view_options(const RunOptions& options) {
  view::ViewOptions views = view::view_preset(options.views);
  if (options.cuts.constant() && options.cuts.at(0) > 0) views.count = int(options.cuts.at(0));
  // A tile has no edges: every view may begin anywhere and looks on round them.
  if (options.tile) {
    views.border = view::Border::wrap;
    views.roll = {.strength = 1, .share = 0.5};
  }
  return views;
}

std::unique_ptr<view::View> make_scheduled_view(const view::ViewOptions& options,
                                                const ViewCurves& curves, int margin_px) {
  const bool constant =
      !curves.count && std::all_of(curves.strengths.begin(), curves.strengths.end(),
                                   [](const auto& one) { return one.strength.constant(); });
  auto at_first = view::make_view(strengths_at(options, curves.strengths, 0), margin_px);
  if (constant) return at_first;
  return std::make_unique<ScheduledView>(options, curves, margin_px);
}

int margin_px(view::ViewOptions options, const std::vector<ViewStrength>& strengths, int width,
              int height) {
  constexpr int kLooks = 64;
  int widest = 0;
  for (int i = 0; i <= kLooks; ++i)
    widest = std::max(widest, view::margin_px(strengths_at(options, strengths, double(i) / kLooks),
                                              width, height));
  return widest;
}

}  // namespace clipguide::guide
