#include "clipguide/guide/collage_start.h"

#include <algorithm>

#include "clipguide/imaging/margin.h"
#include "clipguide/objective/plain_words.h"

namespace clipguide::guide {
namespace {

using Object = canvas::SavedCollage::Object;

constexpr double kGrown = 1.5;  // in parts of the shorter side: nothing else is seen then

/// Nothing of its square is seen.
bool is_outside(const canvas::Placement& object) {
  const double reach = 0.5 + object.size / 2;
  return std::abs(object.x - 0.5) > reach || std::abs(object.y - 0.5) > reach;
}

std::vector<canvas::Placement> placements(const std::vector<Object>& objects) {
  std::vector<canvas::Placement> all;
  for (const Object& object : objects) all.push_back(object.placement);
  return all;
}

bool contains(const std::vector<std::string>& things, const std::string& thing) {
  return std::find(things.begin(), things.end(), thing) != things.end();
}

std::vector<std::string> without(const std::vector<std::string>& things,
                                 const std::vector<std::string>& others) {
  std::vector<std::string> left;
  for (const std::string& thing : things)
    if (!contains(others, thing)) left.push_back(thing);
  return left;
}

std::vector<std::string> things_of(const std::vector<Object>& objects) {
  std::vector<std::string> things;
  for (const Object& object : objects) things.push_back(object.thing);
  return things;
}

}  // namespace

Shares shares_of_things(const std::vector<objective::Name>& names,
                        const std::vector<std::string>& texts,
                        const std::vector<objective::PromptPull>& pulls) {
  double largest = 0;
  for (std::size_t p = 0; p < texts.size(); ++p) largest = std::max(largest, pulls[p].weight_at(0));
  Shares shares;
  for (std::size_t p = 0; p < texts.size(); ++p) {
    const double weight = pulls[p].weight_at(0);
    if (weight <= 0) continue;
    for (const std::string& name : objective::names_said(names, {texts[p]}))
      shares[name] = std::max(shares[name], weight / largest);
  }
  return shares;
}

Remainder remaining_objects(const canvas::SavedCollage& collage, const Shares& shares) {
  Remainder remainder;
  for (const Object& object : collage.objects) {
    const auto share = shares.find(object.thing);
    // What stands for the prompts as a whole stays as long as they name nothing.
    const bool wanted = object.thing.empty() ? shares.empty() : share != shares.end();
    if (!wanted || is_outside(object.placement)) continue;
    auto& list = object.placement.size > kGrown ? remainder.grown : remainder.kept;
    list.push_back(object);
    if (!object.thing.empty()) list.back().placement.opacity = share->second;
  }
  return remainder;
}

std::vector<Object> fitting_objects(std::vector<Object> kept, const std::vector<Object>& found,
                                    int room) {
  kept.insert(kept.end(), found.begin(), found.end());
  while (int(kept.size()) > room) {
    kept.erase(
        std::min_element(kept.begin(), kept.end(), [](const Object& one, const Object& other) {
          return one.placement.opacity < other.placement.opacity;
        }));
  }
  return kept;
}

std::vector<std::string> wanted_texts(const std::vector<std::string>& texts,
                                      const std::vector<objective::PromptPull>& pulls) {
  std::vector<std::string> wanted;
  for (std::size_t p = 0; p < texts.size(); ++p)
    if (pulls[p].weight > 0) wanted.push_back(texts[p]);
  return wanted;
}

bool Named::empty() const {
  return whole.empty() &&
         std::all_of(regions.begin(), regions.end(), [](const auto& one) { return one.empty(); });
}

Named things_named(const std::vector<objective::Name>& names, const std::vector<std::string>& texts,
                   const std::vector<objective::PromptPull>& pulls,
                   const std::vector<StartWish::Part>& regions) {
  Named named;
  std::vector<objective::PromptPull> of_whole(pulls.begin(),
                                              pulls.begin() + std::ptrdiff_t(texts.size()));
  std::vector<std::string> taken;
  for (const StartWish::Part& region : regions) {
    const std::size_t p = region.pull;
    named.regions.push_back(objective::names_said(names, wanted_texts({texts[p]}, {pulls[p]})));
    taken.insert(taken.end(), named.regions.back().begin(), named.regions.back().end());
    of_whole[p].weight = 0;
  }
  named.whole = without(objective::names_said(names, wanted_texts(texts, of_whole)), taken);
  return named;
}

namespace {

/// Objects that stay lie within the region whose prompt names them.
void keep_in_regions(std::vector<Object>& objects, const Named& named,
                     const std::vector<StartWish::Part>& regions) {
  for (Object& object : objects)
    for (std::size_t r = 0; r < regions.size(); ++r)
      if (contains(named.regions[r], object.thing)) object.placement.area = regions[r].area;
}

/// What is not there yet: neither among the objects that stay, nor, in the eyes of the model, in
/// the picture.
Named missing_things(const Named& named, const std::vector<std::string>& kept) {
  Named missing{without(named.whole, kept), {}};
  for (const auto& region : named.regions) missing.regions.push_back(without(region, kept));
  return missing;
}

Named not_shown(Named missing, const at::Tensor& picture, const CollageWish& wish) {
  const auto look = [&](std::vector<std::string>& things, const canvas::Area& area) {
    if (!things.empty()) things = wish.list.not_shown(things, wish.model, part_of(picture, area));
  };
  look(missing.whole, {});
  for (std::size_t r = 0; r < wish.regions.size(); ++r)
    look(missing.regions[r], wish.regions[r].area);
  return missing;
}

StartSearch search_for(const Named& missing, const CollageWish& wish) {
  std::vector<StartWish::Part> parts = wish.regions;
  for (std::size_t r = 0; r < parts.size(); ++r) {
    parts[r].things = wish.list.rows_of(missing.regions[r]);
    parts[r].copies = objective::count_said(wish.texts[parts[r].pull]);
  }
  return wish.search(wish.list.rows_of(missing.whole), std::move(parts));
}

}  // namespace

std::vector<std::vector<std::string>> begin_collage(canvas::CollageCanvas& collage,
                                                    const canvas::SavedCollage* before,
                                                    const CollageWish& wish) {
  const torch::NoGradGuard no_grad;
  const RunOptions& options = wish.options;
  const Shares shares = shares_of_things(wish.list.names, wish.texts, wish.pulls);
  const bool over_ground = options.init != "search";
  const Named named = things_named(wish.list.names, wish.texts, wish.pulls, wish.regions);
  Remainder remainder = before ? remaining_objects(*before, shares) : Remainder();
  keep_in_regions(remainder.kept, named, wish.regions);
  const auto place_in_all = [&](const std::vector<Object>& objects) {
    for (int n = 0; n < options.batch; ++n) collage.place(n, placements(objects));
  };
  if (!remainder.grown.empty()) {
    place_in_all(remainder.grown);
    collage.paint(collage.render().picture);
  }
  place_in_all(remainder.kept);
  if (before && options.ground == "new") {
    const StartSearch search = search_for(missing_things(named, {}), wish);
    std::vector<imaging::Layout> grounds;
    for (int n = 0; n < options.batch; ++n)
      grounds.push_back(search.best_ground(collage.generator(), placements(remainder.kept),
                                           options.seed + std::uint64_t(n), options.candidates));
    collage.paint(imaging::paint_layouts(grounds, options.height, options.width, wish.margin_px)
                      .to(wish.device));
  }

  const std::vector<std::string> kept = things_of(remainder.kept);
  Named missing = missing_things(named, kept);
  bool complete = missing.empty() && !kept.empty();
  at::Tensor there;
  if (over_ground && !complete) {
    there = imaging::without_margin(collage.render().picture, wish.margin_px);
    if (!before && !missing.empty()) {
      missing = not_shown(std::move(missing), there.narrow(0, 0, 1), wish);
      complete = missing.empty();
    }
  }
  if (complete) return std::vector(std::size_t(options.batch), kept);

  const StartSearch search = search_for(missing, wish);
  const StartSearch::FormStock stock = search.stock(collage.generator(), options.forms.empty());
  std::vector<imaging::Layout> grounds;
  std::vector<std::vector<std::string>> things;
  for (int n = 0; n < options.batch; ++n) {
    const Arrangement best =
        search.best_collage(stock, options.objects, options.seed + std::uint64_t(n),
                            options.candidates, over_ground ? there.narrow(0, n, 1) : there);
    grounds.push_back(best.ground);
    std::vector<Object> found;
    for (std::size_t k = 0; k < best.objects.size(); ++k) {
      const std::string thing =
          best.things[k] < 0 ? "" : wish.list.texts[std::size_t(best.things[k])];
      found.push_back({thing, best.objects[k]});
      if (const auto share = shares.find(thing); before && share != shares.end())
        found.back().placement.opacity = share->second;
    }
    const std::vector<Object> objects = fitting_objects(remainder.kept, found, options.objects);
    collage.place(n, placements(objects));
    things.push_back(things_of(objects));
  }
  if (!over_ground)
    collage.paint(imaging::paint_layouts(grounds, options.height, options.width, wish.margin_px)
                      .to(wish.device));
  return things;
}

}  // namespace clipguide::guide
