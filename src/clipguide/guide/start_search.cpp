#include "clipguide/guide/start_search.h"

#include <algorithm>
#include <cmath>

#include "clipguide/guide/best_of.h"

namespace clipguide::guide {
namespace {

/// Prompts of a region say nothing of a whole picture.
std::vector<objective::PromptPull> whole_pulls(std::vector<objective::PromptPull> pulls) {
  for (objective::PromptPull& pull : pulls) {
    if (pull.of_region) pull.weight = 0;
    pull.views = {};
  }
  return pulls;
}

/// One prompt, judging whatever is seen.
std::vector<objective::PromptPull> pull_alone(std::vector<objective::PromptPull> pulls,
                                              std::size_t which) {
  for (std::size_t p = 0; p < pulls.size(); ++p) {
    if (p != which) pulls[p].weight = 0;
    pulls[p].views = {};
  }
  return pulls;
}

}  // namespace

at::Tensor part_of(const at::Tensor& pictures, const canvas::Area& area) {
  const auto cut = [](const at::Tensor& from, int axis, double start, double length) {
    const double side = double(from.size(axis));
    const auto first = std::int64_t(std::clamp(std::round(start * side), 0.0, side - 1));
    const auto size =
        std::int64_t(std::clamp(std::round(length * side), 1.0, side - double(first)));
    return from.narrow(axis, first, size);
  };
  return cut(cut(pictures, 2, area.y, area.height), 3, area.x, area.width);
}

StartSearch::StartSearch(StartWish wish)
    : wish_(std::move(wish)),
      prompts_(wish_.targets, whole_pulls(wish_.pulls), objective::Distance::cosine) {
  for (const StartWish::Part& part : wish_.parts)
    part_prompts_.emplace_back(wish_.targets, pull_alone(wish_.pulls, part.pull),
                               objective::Distance::cosine);
}

at::Tensor StartSearch::loss_of(const objective::Evidence& evidence) const {
  at::Tensor loss = prompts_.loss(evidence);
  if (wish_.contrast) loss = loss + wish_.contrast->loss(evidence) * wish_.contrast_weight;
  return loss;
}

objective::Evidence StartSearch::evidence_of(const Seen& seen) const {
  objective::Evidence evidence;
  for (const auto& model : wish_.models)
    evidence.embeddings.push_back(
        clip::unit_length(model->encode_image(seen(model->input_side_px()))).unsqueeze(1));
  return evidence;
}

at::Tensor StartSearch::losses(const Seen& seen) const {
  at::Tensor loss = loss_of(evidence_of(seen));
  for (std::size_t p = 0; p < wish_.parts.size(); ++p) {
    if (!is_shown_by_ground(wish_.parts[p])) continue;
    loss = loss + part_prompts_[p].loss(evidence_of([&](int side) {
      return at::adaptive_avg_pool2d(part_of(seen(2 * side), wish_.parts[p].area), {side, side});
    }));
  }
  return loss;
}

imaging::Layout StartSearch::laid_out(imaging::Layout layout) const {
  layout.repeats = wish_.tile;
  return layout;
}

at::Tensor StartSearch::lay(const at::Tensor& under, const at::Tensor& drawn,
                            const at::Tensor& place, const at::Tensor& opacity, bool tile) const {
  const at::Tensor laid = tile ? canvas::lay_over_tile(under, drawn, place, opacity)
                               : canvas::lay_over(under, drawn, place, opacity, 0);
  return laid.clamp(0, 1);
}

bool StartSearch::asks_for_whole() const {
  return wish_.parts.empty() ||
         std::any_of(wish_.pulls.begin(), wish_.pulls.end(),
                     [](const auto& pull) { return !pull.of_region && pull.weight_at(0) > 0; });
}

/// A place: "the sea" in the lower half. Where nobody asks for the whole picture, the regions'
/// prompts decide what lies under their things too.
bool StartSearch::is_shown_by_ground(const StartWish::Part& part) const {
  return part.things.empty() || !asks_for_whole();
}

imaging::Layout StartSearch::best_layout(std::uint64_t seed, int candidates) const {
  const torch::NoGradGuard no_grad;
  const base::RandomStream stream(seed, "layout");
  return best_of<imaging::Layout>(
      candidates,
      [&](int i) { return laid_out(imaging::draw_layout(stream.at(std::uint64_t(i)))); },
      [&](const std::vector<imaging::Layout>& layouts) {
        return losses([&](int side) {
          return imaging::paint_layouts(layouts, side, side, 0).to(wish_.device);
        });
      });
}

imaging::Layout StartSearch::best_ground(const canvas::FormGenerator& generator,
                                         const std::vector<canvas::Placement>& objects,
                                         std::uint64_t seed, int candidates) const {
  const torch::NoGradGuard no_grad;
  std::vector<at::Tensor> codes, places;
  std::vector<float> opacities;
  for (const canvas::Placement& object : objects) {
    codes.push_back(object.code);
    places.push_back(canvas::place_values(object));
    opacities.push_back(float(object.opacity));
  }
  const std::int64_t most = std::int64_t(objects.size());
  at::Tensor layers, place, opacity;
  if (most > 0) {
    layers = draw_small(generator, torch::stack(codes).to(wish_.device)).unsqueeze(0);
    place = torch::stack(places).to(wish_.device).unsqueeze(0);
    opacity = torch::tensor(opacities).to(wish_.device).unsqueeze(0);
  }
  const base::RandomStream root(seed, "ground");
  return best_of<imaging::Layout>(
      candidates, [&](int i) { return laid_out(draw_ground(root.at(std::uint64_t(i)))); },
      [&](const std::vector<imaging::Layout>& grounds) {
        const std::int64_t count = std::int64_t(grounds.size());
        return losses([&](int side) {
          const at::Tensor under = imaging::paint_layouts(grounds, side, side, 0).to(wish_.device);
          if (most == 0) return under;
          return lay(under, layers.expand({count, -1, -1, -1, -1}), place.expand({count, -1, -1}),
                     opacity.expand({count, -1}), wish_.tile);
        });
      });
}

}  // namespace clipguide::guide
