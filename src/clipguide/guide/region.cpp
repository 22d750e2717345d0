#include "clipguide/guide/region.h"

#include <algorithm>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/guide/option_kinds.h"
#include "clipguide/imaging/colour.h"
#include "clipguide/imaging/picture_tensor.h"
#include "clipguide/imaging/resample.h"
#include "clipguide/media/picture.h"

namespace clipguide::guide {
namespace {

constexpr int kSmallestSide = 8;  // px, of what a view can still tell anything from

// One number up to the next `end`, which it takes off.
double take_share(std::string_view& rest, char end, const std::string& text) {
  const std::size_t at = rest.find(end);
  std::string_view digits = rest.substr(0, at);
  while (digits.starts_with(' ')) digits.remove_prefix(1);
  while (digits.ends_with(' ')) digits.remove_suffix(1);
  const auto share = whole<double>(digits);
  if (at == std::string_view::npos || !share || !(*share >= 0 && *share <= 1))
    base::throw_error<base::UsageError>(
        "region: expected X,Y,WIDTH,HEIGHT:TEXT with shares from 0 to 1, or mask=FILE:TEXT, got "
        "'{}'",
        text);
  rest.remove_prefix(at + 1);
  return *share;
}

objective::PromptText one_prompt(std::string_view text) {
  const std::vector<objective::PromptText> prompts = objective::parse_prompts(text, "region");
  if (prompts.size() != 1)
    base::throw_error<base::UsageError>("region: expected one prompt a box, got {}",
                                        prompts.size());
  return prompts[0];
}

// Crops alone: a roll would look out of the box at its other side.
view::ViewOptions inside_options(view::ViewOptions options, int count) {
  options.count = count;
  options.roll.strength = 0;
  options.border = view::Border::clamp;
  if (options.crop.strength == 0)
    options.crop = {.strength = 1, .min_share = 0.7, .placement = view::Placement::uniform};
  if (options.crop.placement == view::Placement::overscan)
    options.crop.placement = view::Placement::uniform;
  return options;
}

class WithRegions final : public view::View {
 public:
  WithRegions(std::unique_ptr<view::View> whole, std::unique_ptr<view::View> inside, int margin_px,
              std::vector<Region> regions)
      : whole_(std::move(whole)),
        inside_(std::move(inside)),
        margin_px_(margin_px),
        regions_(std::move(regions)) {}

  int count(double progress) const override {
    return whole_->count(progress) + int(regions_.size()) * inside_->count(progress);
  }

  at::Tensor look(const at::Tensor& picture, int side_px, view::ViewRange range,
                  std::span<const base::RandomStream> streams, double progress) const override {
    std::vector<at::Tensor> views;
    const int last = range.first + range.count;
    const int of_whole = whole_->count(progress), each = inside_->count(progress);
    // The part of the range that lies among `count` views from `start` on.
    const auto part = [&](int start, int count) {
      const int from = std::max(range.first, start), to = std::min(last, start + count);
      return view::ViewRange{from - start, to - from};
    };
    if (const auto own = part(0, of_whole); own.count > 0)
      views.push_back(whole_->look(picture, side_px, own, streams, progress));
    for (std::size_t r = 0; r < regions_.size(); ++r) {
      const auto own = part(of_whole + int(r) * each, each);
      if (own.count <= 0) continue;
      std::vector<base::RandomStream> of_region;
      for (const base::RandomStream& stream : streams)
        of_region.push_back(stream.named("region").at(r));
      views.push_back(
          inside_->look(part_of(picture, regions_[r]), side_px, own, of_region, progress));
    }
    return torch::cat(views, 1);
  }

 private:
  at::Tensor part_of(const at::Tensor& picture, const Region& region) const {
    const at::Tensor seen = box(picture, region);
    if (!region.inside.defined()) return seen;
    const at::Tensor inside =
        imaging::resize_bicubic(region.inside, int(seen.size(2)), int(seen.size(3)))
            .clamp(0, 1)
            .to(seen.device(), seen.scalar_type());
    return torch::lerp(seen.detach(), seen, inside);
  }

  at::Tensor box(const at::Tensor& picture, const Region& region) const {
    const auto cut = [&](const at::Tensor& from, int axis, double start, double length) {
      const double side = double(picture.size(axis) - 2 * margin_px_);
      const std::int64_t size = std::max<std::int64_t>(
          std::min<std::int64_t>(kSmallestSide, std::int64_t(side)), std::llround(length * side));
      const std::int64_t first =
          std::min(std::int64_t(std::llround(start * side)), std::int64_t(side) - size);
      return from.narrow(axis, margin_px_ + first, size);
    };
    return cut(cut(picture, 2, region.y, region.height), 3, region.x, region.width);
  }

  std::unique_ptr<view::View> whole_, inside_;
  int margin_px_;
  std::vector<Region> regions_;
};

}  // namespace

Region parse_region(const std::string& text) {
  constexpr std::string_view kMask = "mask=";
  std::string_view rest = text;
  Region region;
  if (rest.starts_with(kMask)) {
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos || colon == kMask.size())
      base::throw_error<base::UsageError>("region: expected mask=FILE:TEXT, got '{}'", text);
    region.mask = rest.substr(kMask.size(), colon - kMask.size());
    region.prompt = one_prompt(rest.substr(colon + 1));
    return region;
  }
  region.x = take_share(rest, ',', text);
  region.y = take_share(rest, ',', text);
  region.width = take_share(rest, ',', text);
  region.height = take_share(rest, ':', text);
  constexpr double kRounding = 1e-9;
  if (!(region.width > 0 && region.height > 0 && region.x + region.width <= 1 + kRounding &&
        region.y + region.height <= 1 + kRounding))
    base::throw_error<base::UsageError>("region: expected a box inside the picture, got '{}'",
                                        text);
  region.prompt = one_prompt(rest);
  return region;
}

canvas::Area white_area(const at::Tensor& mask) {
  const at::Tensor white = mask[0][0] > 0.5 * mask.max().clamp_min(1e-6);
  const at::Tensor rows = white.any(1).nonzero(), columns = white.any(0).nonzero();
  if (rows.numel() == 0) return {0, 0, 0, 0};
  const auto span = [](const at::Tensor& at, std::int64_t side) {
    const auto first = at.min().item<std::int64_t>(), last = at.max().item<std::int64_t>();
    return std::pair{double(first) / double(side), double(last + 1 - first) / double(side)};
  };
  const auto [x, width] = span(columns, mask.size(3));
  const auto [y, height] = span(rows, mask.size(2));
  return {x, y, width, height};
}

Region load_region(const std::string& text) {
  Region region = parse_region(text);
  if (region.mask.empty()) return region;
  const media::Picture picture = media::read_picture(region.mask);
  const at::Tensor mask = imaging::luma(
      imaging::from_rgb_bytes(picture.rgb, picture.height_px, picture.width_px));  // [1, 1, h, w]

  // The box around what is rather white than black.
  const at::Tensor white = (mask > 0.5).to(torch::kFloat32);
  const canvas::Area box = white_area(white);
  if (box.is_empty())
    base::throw_error<base::UsageError>("region: expected a mask with something white, got {}",
                                        region.mask);
  region.x = box.x, region.y = box.y, region.width = box.width, region.height = box.height;
  const auto px = [](double share, int side) { return std::int64_t(std::llround(share * side)); };
  region.inside = mask.narrow(2, px(box.y, picture.height_px), px(box.height, picture.height_px))
                      .narrow(3, px(box.x, picture.width_px), px(box.width, picture.width_px));
  return region;
}

RegionalView make_regional_view(const view::ViewOptions& options, const ViewCurves& curves,
                                int margin_px, const std::vector<Region>& regions) {
  RegionalView made;
  made.view = make_scheduled_view(options, curves, margin_px);
  made.whole = [curves, usual = options.count](double progress) {
    return curves.count_at(progress, usual);
  };
  if (regions.empty()) return made;
  made.views_each = [whole = made.whole](double progress) {
    return std::max(2, whole(progress) / 4);
  };
  ViewCurves inside_curves;
  if (curves.count) inside_curves.count = made.views_each;
  for (const ViewStrength& one : curves.strengths)
    if (one.name != "roll" && one.name != "crop") inside_curves.strengths.push_back(one);
  auto inside = make_scheduled_view(inside_options(options, made.views_each(0)), inside_curves, 0);
  made.view =
      std::make_unique<WithRegions>(std::move(made.view), std::move(inside), margin_px, regions);
  return made;
}

}  // namespace clipguide::guide
