#include "clipguide/guide/start_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "clipguide/objective/likeness.h"

namespace clipguide::guide {
namespace {

constexpr int kPortion = 64;       // candidates embedded at once
constexpr int kFormsOfPrompt = 8;  // forms that fit the prompts, to draw from
constexpr double kApart = 0.4;     // of two objects' centres, in parts of both sizes

/// Prompts of a region have nothing to say yet: a beginning is seen whole.
std::vector<objective::PromptPull> whole_pulls(std::vector<objective::PromptPull> pulls) {
  for (objective::PromptPull& pull : pulls) {
    if (pull.first_view > 0) pull.weight = 0;
    pull.first_view = pull.views = 0;
  }
  return pulls;
}

std::vector<std::int64_t> lowest(const at::Tensor& losses, int count) {
  const std::int64_t most = std::min<std::int64_t>(count, losses.size(0));
  const at::Tensor rows =
      std::get<1>(losses.topk(most, 0, /*largest=*/false, /*sorted=*/true)).cpu().contiguous();
  return {rows.data_ptr<std::int64_t>(), rows.data_ptr<std::int64_t>() + most};
}

/// Where so many objects may stand: one near the middle, several smaller and apart.
std::vector<canvas::Placement> draw_places(base::RandomStream& stream, int count, int room) {
  constexpr int kAttempts = 8;
  const float largest[] = {0.92f, 0.62f, 0.46f}, smallest[] = {0.55f, 0.38f, 0.3f};
  const std::size_t row = std::size_t(std::min(count + room, 3) - 1);
  std::vector<canvas::Placement> places;
  for (int k = 0; k < count; ++k) {
    canvas::Placement place;
    place.size = stream.uniform(smallest[row], largest[row]);
    place.turn = stream.uniform(-0.15f, 0.15f);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      const float reach = count + room == 1 ? 0.12f : 0.5f - 0.45f * float(place.size);
      place.x = 0.5 + stream.uniform(-reach, reach);
      place.y = 0.5 + stream.uniform(-reach, reach);
      const bool apart = std::all_of(places.begin(), places.end(), [&](const auto& other) {
        return std::hypot(place.x - other.x, place.y - other.y) >
               kApart * (place.size + other.size);
      });
      if (apart) break;
    }
    places.push_back(place);
  }
  return places;
}

}  // namespace

StartSearch::StartSearch(StartWish wish)
    : wish_(std::move(wish)),
      prompts_(wish_.targets, whole_pulls(wish_.pulls), objective::Distance::cosine) {}

at::Tensor StartSearch::loss_of(const objective::Evidence& evidence) const {
  at::Tensor loss = prompts_.loss(evidence);
  if (wish_.contrast) loss = loss + wish_.contrast->loss(evidence) * wish_.contrast_weight;
  return loss;
}

at::Tensor StartSearch::losses(const std::function<at::Tensor(int)>& seen) const {
  objective::Evidence evidence;
  for (const auto& model : wish_.models)
    evidence.embeddings.push_back(
        clip::unit_length(model->encode_image(seen(model->input_side_px()))).unsqueeze(1));
  return loss_of(evidence);
}

namespace {

/// Runs through portions of candidates and keeps the best.
template <class Candidate, class Draw, class Judge>
Candidate best_of(int candidates, const Draw& draw, const Judge& judge) {
  Candidate best;
  double least = std::numeric_limits<double>::infinity();
  for (int first = 0; first < candidates; first += kPortion) {
    std::vector<Candidate> portion;
    for (int i = first; i < std::min(first + kPortion, candidates); ++i) portion.push_back(draw(i));
    const at::Tensor loss = judge(portion);
    const std::int64_t at = loss.argmin().template item<std::int64_t>();
    if (const double value = loss[at].template item<double>(); value < least) {
      least = value;
      best = std::move(portion[std::size_t(at)]);
    }
  }
  return best;
}

}  // namespace

imaging::Layout StartSearch::best_layout(std::uint64_t seed, int candidates) const {
  const torch::NoGradGuard no_grad;
  const base::RandomStream stream(seed, "layout");
  return best_of<imaging::Layout>(
      candidates, [&](int i) { return imaging::draw_layout(stream.at(std::uint64_t(i))); },
      [&](const std::vector<imaging::Layout>& layouts) {
        return losses([&](int side) {
          return imaging::paint_layouts(layouts, side, side, 0).to(wish_.device);
        });
      });
}

namespace {

/// Without blobs: objects stand for what lies on a ground.
imaging::Layout draw_ground(const base::RandomStream& stream) {
  imaging::Layout ground = imaging::draw_layout(stream);
  ground.blobs.clear();
  return ground;
}

/// Forms as candidates are seen, small: the mean of 2 x 2 pixels, between which no sample falls.
at::Tensor draw_small(const canvas::FormGenerator& generator, const at::Tensor& codes) {
  return at::avg_pool2d(generator(codes), 2);
}

}  // namespace

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
      candidates, [&](int i) { return draw_ground(root.at(std::uint64_t(i))); },
      [&](const std::vector<imaging::Layout>& grounds) {
        const std::int64_t count = std::int64_t(grounds.size());
        return losses([&](int side) {
          const at::Tensor under = imaging::paint_layouts(grounds, side, side, 0).to(wish_.device);
          if (most == 0) return under;
          return canvas::lay_over(under, layers.expand({count, -1, -1, -1, -1}),
                                  place.expand({count, -1, -1}), opacity.expand({count, -1}), 0)
              .clamp(0, 1);
        });
      });
}

std::vector<at::Tensor> StartSearch::form_features(const canvas::FormGenerator& generator,
                                                   bool own) const {
  canvas::Placement large;
  large.size = 0.8;
  const at::Tensor place = canvas::place_values(large).to(wish_.device);
  std::vector<at::Tensor> features;
  for (std::size_t m = 0; m < wish_.models.size(); ++m) {
    const clip::ClipModel& model = *wish_.models[m];
    if (m == 0 && own && generator.features().defined() &&
        generator.features().size(1) == wish_.targets[0].embeddings.size(1)) {
      features.push_back(clip::unit_length(generator.features()));
      continue;
    }
    std::vector<at::Tensor> portions;
    for (const at::Tensor& codes : generator.codes().split(kPortion)) {
      const std::int64_t side = model.input_side_px(), count = codes.size(0);
      const at::Tensor grey = torch::full({count, 3, side, side}, 0.5, codes.options());
      const at::Tensor seen =
          canvas::lay_over(grey, generator(codes).unsqueeze(1), place.expand({count, 1, -1}),
                           torch::ones({count, 1}, codes.options()), 0);
      portions.push_back(clip::unit_length(model.encode_image(seen.clamp(0, 1))));
    }
    features.push_back(torch::cat(portions));
  }
  return features;
}

/// A form is fit for a thing that the model would give its name, among all names, and that it would
/// choose for the name, among all forms: the cosine alone prefers forms that resemble everything.
/// Each such choice changes what is left for the others, so the two are made in turn until forms
/// and names are shared out.   Source: Sinkhorn & Knopp 1967
std::vector<std::vector<std::int64_t>> StartSearch::forms_of_things(
    const at::Tensor& features) const {
  // 93% of 1,151 names find a form of theirs after one round, 95% after five. Then they become
  // fewer: names of several forms give theirs away to names that resemble them.
  constexpr int kRounds = 5;
  at::Tensor fit =
      objective::likeness(features, wish_.names) * wish_.models[0]->logit_scale();  // [K, R]
  for (int round = 0; round < kRounds; ++round)
    fit = torch::log_softmax(torch::log_softmax(fit, 0), 1);
  std::vector<std::vector<std::int64_t>> forms;
  // The second best was the right one for 13 names, and a wrong one beside the right for 77.
  for (std::int64_t thing : wish_.things) forms.push_back(lowest(-fit.select(1, thing), 1));
  return forms;
}

StartSearch::FormStock StartSearch::stock(const canvas::FormGenerator& generator, bool own) const {
  const torch::NoGradGuard no_grad;
  const std::vector<at::Tensor> features = form_features(generator, own);
  std::vector<std::vector<std::int64_t>> forms;
  if (wish_.things.empty()) {
    objective::Evidence evidence;
    for (const at::Tensor& seen : features) evidence.embeddings.push_back(seen.unsqueeze(1));
    forms = {lowest(loss_of(evidence), kFormsOfPrompt)};
  } else {
    forms = forms_of_things(features[0]);
  }

  FormStock stock;
  std::vector<std::int64_t> rows;
  for (std::size_t g = 0; g < forms.size(); ++g) {
    const std::int64_t thing = wish_.things.empty() ? -1 : wish_.things[g];
    stock.groups.push_back({int(rows.size()), int(forms[g].size()), thing});
    rows.insert(rows.end(), forms[g].begin(), forms[g].end());
  }
  stock.codes = generator.codes().index_select(0, torch::tensor(rows).to(wish_.device));
  stock.drawn = draw_small(generator, stock.codes);
  return stock;
}

namespace {

struct CollageCandidate {
  StartSearch::Collage collage;
  std::vector<int> rows;  // of the stock, one an object
};

/// Along one axis the first to its place before the second, apart from it, and both within reach.
void put_before(double& first, double& second, double apart, double reach_first,
                double reach_second) {
  if (first > second) std::swap(first, second);
  const double missing = std::max(0.0, apart - (second - first));
  first = std::clamp(first - missing / 2, 0.5 - reach_first, 0.5 + reach_first);
  second = std::clamp(second + missing / 2, 0.5 - reach_second, 0.5 + reach_second);
}

/// Objects where the prompts say that they lie, two of them about level or in line.
void heed_sides(const std::vector<StartWish::Side>& sides, StartSearch::Collage& collage) {
  for (const StartWish::Side& side : sides) {
    const auto find = [&](std::int64_t thing) {
      const auto at = std::find(collage.things.begin(), collage.things.end(), thing);
      return at == collage.things.end()
                 ? nullptr
                 : &collage.objects[std::size_t(at - collage.things.begin())];
    };
    canvas::Placement *const one = find(side.one), *const other = find(side.other);
    if (!one || !other) continue;
    const bool across = side.side == objective::Relation::Side::left;
    const auto reach = [](const canvas::Placement& object) { return 0.5 - 0.45 * object.size; };
    put_before(across ? one->x : one->y, across ? other->x : other->y,
               kApart * (one->size + other->size), reach(*one), reach(*other));
    if (sides.size() > 1) continue;  // the other axis may be spoken of too
    double &first = across ? one->y : one->x, &second = across ? other->y : other->x;
    const double middle = (first + second) / 2;
    first = (first + middle) / 2, second = (second + middle) / 2;
  }
}

/// Each thing named once, in any order; a single one as often as is said, always in one form.
///   room  left for so much that is there already: objects are smaller then
CollageCandidate draw_collage(base::RandomStream stream, const StartSearch::FormStock& stock,
                              const StartWish& wish, int objects, int room) {
  CollageCandidate candidate;
  candidate.collage.ground = draw_ground(stream.named("ground"));
  std::vector<StartSearch::FormStock::Group> groups = stock.groups;
  for (std::size_t g = groups.size(); g > 1; --g)
    std::swap(groups[g - 1], groups[std::size_t(stream.below(int(g)))]);
  if (groups.size() == 1) {
    const int row = groups[0].first + stream.below(groups[0].count);
    groups.assign(std::size_t(wish.copies), {row, 1, groups[0].thing});
  }
  groups.resize(std::min<std::size_t>(groups.size(), std::size_t(objects)));
  candidate.collage.objects = draw_places(stream, int(groups.size()), room);
  for (std::size_t k = 0; k < groups.size(); ++k) {
    const int row = groups[k].first + (groups[k].count > 1 ? stream.below(groups[k].count) : 0);
    candidate.rows.push_back(row);
    candidate.collage.things.push_back(groups[k].thing);
    candidate.collage.objects[k].code = stock.codes[row];
  }
  heed_sides(wish.sides, candidate.collage);
  return candidate;
}

}  // namespace

StartSearch::Collage StartSearch::best_collage(const FormStock& stock, int objects,
                                               std::uint64_t seed, int candidates,
                                               const at::Tensor& ground) const {
  const torch::NoGradGuard no_grad;
  const base::RandomStream root(seed, "collage");
  const auto draw = [&](int i) {
    return draw_collage(root.at(std::uint64_t(i)), stock, wish_, objects, ground.defined() ? 1 : 0);
  };
  const auto judge = [&](const std::vector<CollageCandidate>& portion) {
    const std::int64_t count = std::int64_t(portion.size());
    at::Tensor place = torch::zeros({count, objects, 4}), opacity = torch::zeros({count, objects});
    at::Tensor which = torch::zeros({count, objects}, torch::kInt64);
    std::vector<imaging::Layout> grounds;
    for (std::int64_t c = 0; c < count; ++c) {
      const CollageCandidate& candidate = portion[std::size_t(c)];
      grounds.push_back(candidate.collage.ground);
      for (std::size_t k = 0; k < candidate.rows.size(); ++k) {
        const canvas::Placement& object = candidate.collage.objects[k];
        which[c][std::int64_t(k)] = candidate.rows[k];
        opacity[c][std::int64_t(k)] = object.opacity;
        place[c][std::int64_t(k)] = canvas::place_values(object);
      }
    }
    const at::Tensor& drawn = stock.drawn;
    const at::Tensor layers =
        drawn.index_select(0, which.flatten().to(wish_.device))
            .view({count, objects, drawn.size(1), drawn.size(2), drawn.size(3)});
    return losses([&](int side) {
      const at::Tensor under =
          ground.defined()
              ? at::adaptive_avg_pool2d(ground, {side, side}).expand({count, -1, -1, -1})
              : imaging::paint_layouts(grounds, side, side, 0).to(wish_.device);
      return canvas::lay_over(under, layers, place.to(wish_.device), opacity.to(wish_.device), 0)
          .clamp(0, 1);
    });
  };
  return best_of<CollageCandidate>(candidates, draw, judge).collage;
}

}  // namespace clipguide::guide
