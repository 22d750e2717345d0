#include <algorithm>

#include "clipguide/guide/best_of.h"
#include "clipguide/guide/start_search.h"

/// The search for a collage: a ground and its objects, then those of the regions over it.
namespace clipguide::guide {

/// One search: what is drawn, and how candidates are seen and judged.
struct StartSearch::Stage {
  ArrangementWish wish;
  canvas::Area seen = {};  ///< the part of the picture that is looked at
  at::Tensor ground = {};  ///< of that part; undefined: one is looked for
  at::Tensor mask = {};    ///< of that part: how much is seen over the ground; undefined: all
  canvas::Symmetry symmetry = canvas::Symmetry::none;
  std::function<at::Tensor(const Seen&)> judge = {};
};

namespace {

/// Objects of several candidates, as lay_over takes them: those that are missing are not there.
struct Layers {
  at::Tensor drawn, place, opacity;
};

Layers layers_of(const std::vector<Arrangement>& portion, const StartSearch::FormStock& stock,
                 int objects, const canvas::Area& seen, double aspect) {
  const std::int64_t count = std::int64_t(portion.size());
  const torch::Device device = stock.drawn.device();
  at::Tensor place = torch::zeros({count, objects, 4}), opacity = torch::zeros({count, objects});
  at::Tensor which = torch::zeros({count, objects}, torch::kInt64);
  for (std::int64_t c = 0; c < count; ++c) {
    const Arrangement& candidate = portion[std::size_t(c)];
    for (std::size_t k = 0; k < candidate.rows.size(); ++k) {
      const canvas::Placement object = seen_in(candidate.objects[k], seen, aspect);
      which[c][std::int64_t(k)] = candidate.rows[k];
      opacity[c][std::int64_t(k)] = object.opacity;
      place[c][std::int64_t(k)] = canvas::place_values(object);
    }
  }
  const at::Tensor& drawn = stock.drawn;
  return {drawn.index_select(0, which.flatten().to(device))
              .view({count, objects, drawn.size(1), drawn.size(2), drawn.size(3)}),
          place.to(device), opacity.to(device)};
}

}  // namespace

Arrangement StartSearch::best_arrangement(const FormStock& stock, const Stage& stage,
                                          const base::RandomStream& root, int candidates) const {
  const auto draw = [&](int i) {
    Arrangement drawn = draw_arrangement(root.at(std::uint64_t(i)), stage.wish, stock.codes);
    drawn.ground = laid_out(std::move(drawn.ground));
    return drawn;
  };
  const auto judge = [&](const std::vector<Arrangement>& portion) {
    const std::int64_t count = std::int64_t(portion.size());
    std::vector<imaging::Layout> grounds;
    for (const Arrangement& candidate : portion) grounds.push_back(candidate.ground);
    const bool bare = stage.wish.groups.empty() || stage.wish.most == 0;
    const Layers layers =
        bare ? Layers() : layers_of(portion, stock, stage.wish.most, stage.seen, stage.wish.aspect);
    return stage.judge([&](int side) {
      const at::Tensor under =
          stage.ground.defined()
              ? at::adaptive_avg_pool2d(stage.ground, {side, side}).expand({count, -1, -1, -1})
              : imaging::paint_layouts(grounds, side, side, 0).to(wish_.device);
      if (bare && stage.symmetry == canvas::Symmetry::none) return under;
      const at::Tensor seen =
          canvas::symmetric(bare ? under
                                 : lay(under, layers.drawn, layers.place, layers.opacity,
                                       wish_.tile && stage.seen.is_whole()),
                            stage.symmetry, wish_.width_px == wish_.height_px);
      if (!stage.mask.defined()) return seen;
      return at::lerp(under, seen,
                      at::adaptive_avg_pool2d(stage.mask, {side, side}).expand_as(seen));
    });
  };
  return best_of<Arrangement>(candidates, draw, judge);
}

/// A whole picture [1, 3, H, W] of what has been found so far.
at::Tensor StartSearch::picture_of(const FormStock& stock, const Arrangement& made,
                                   const at::Tensor& ground) const {
  const at::Tensor under =
      ground.defined() ? ground
                       : imaging::paint_layouts({made.ground}, wish_.height_px, wish_.width_px, 0)
                             .to(wish_.device);
  if (made.objects.empty()) return under;
  const Layers layers = layers_of({made}, stock, int(made.objects.size()), {}, 1);
  const at::Tensor laid = lay(under, layers.drawn, layers.place, layers.opacity, wish_.tile);
  if (!ground.defined() || !wish_.mask.defined()) return laid;
  return at::lerp(under, laid, wish_.mask.expand_as(laid));
}

/// How many objects the stock has for a region, or for the whole picture.
int StartSearch::objects_of(const FormStock& stock, int part) const {
  const int groups = int(std::count_if(stock.groups.begin(), stock.groups.end(),
                                       [&](const auto& group) { return group.part == part; }));
  const int copies = part < 0 ? wish_.copies : wish_.parts[std::size_t(part)].copies;
  return groups == 1 ? copies : groups;
}

Arrangement StartSearch::best_collage(const FormStock& stock, int objects, std::uint64_t seed,
                                      int candidates, const at::Tensor& ground) const {
  const torch::NoGradGuard no_grad;
  const base::RandomStream root(seed, "collage");
  const auto of_part = [&](int part) {
    ArrangementWish wish;
    for (const FormGroup& group : stock.groups)
      if (group.part == part) wish.groups.push_back(group);
    wish.sides = wish_.sides;
    wish.aspect = double(wish_.width_px) / wish_.height_px;
    return wish;
  };

  // 1. The ground, and over it what the whole picture is to show beside the regions' things, for
  //    which there is room in any case.
  Stage whole{of_part(-1)};
  whole.wish.copies = wish_.copies;
  whole.wish.room = ground.defined() ? 1 : 0;
  int left = objects;
  std::vector<int> shares;
  for (std::size_t p = 0; p < wish_.parts.size(); ++p) {
    shares.push_back(std::min(left, objects_of(stock, int(p))));
    left -= shares.back();
    whole.wish.room += shares.back();
    if (shares.back() > 0) whole.wish.taken.push_back(wish_.parts[p].area);
  }
  whole.wish.most = left;
  whole.wish.area = wish_.area;
  whole.wish.mirrored = wish_.symmetry == canvas::Symmetry::left_right &&
                        wish_.area == canvas::shown_part(wish_.symmetry, true);
  whole.symmetry = wish_.symmetry;
  whole.ground = ground;
  if (ground.defined()) whole.mask = wish_.mask;
  whole.judge = [&](const Seen& seen) { return losses(seen); };
  const bool nothing_to_find = ground.defined() && (left == 0 || whole.wish.groups.empty());
  Arrangement made =
      nothing_to_find ? Arrangement() : best_arrangement(stock, whole, root, candidates);

  // 2. In each region what its prompt names, where that part of the picture shows it best.
  for (std::size_t p = 0; p < wish_.parts.size(); ++p) {
    if (shares[p] == 0) continue;
    const StartWish::Part& part = wish_.parts[p];
    Stage stage{of_part(int(p))};
    stage.wish.copies = part.copies;
    stage.wish.most = shares[p];
    stage.wish.area = stage.seen = part.area;
    stage.ground = part_of(picture_of(stock, made, ground), part.area);
    if (whole.mask.defined()) stage.mask = part_of(whole.mask, part.area);
    stage.judge = [&](const Seen& seen) { return part_prompts_[p].loss(evidence_of(seen)); };
    const Arrangement found =
        best_arrangement(stock, stage, root.named("region").at(p), std::max(1, candidates / 4));
    made.objects.insert(made.objects.end(), found.objects.begin(), found.objects.end());
    made.things.insert(made.things.end(), found.things.begin(), found.things.end());
    made.rows.insert(made.rows.end(), found.rows.begin(), found.rows.end());
  }
  return made;
}

}  // namespace clipguide::guide
