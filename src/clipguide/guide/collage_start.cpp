#include "clipguide/guide/collage_start.h"

#include <algorithm>

namespace clipguide::guide {
namespace {

using Object = canvas::SavedCollage::Object;

constexpr double kGrown = 1.5;  // in parts of the shorter side: nothing else is seen then

double weight_now(const objective::PromptPull& pull) {
  return pull.weight * (pull.factor ? pull.factor(0) : 1);
}

/// Nothing of its square is seen.
bool is_outside(const canvas::Placement& object) {
  const double reach = 0.5 + object.size / 2;
  return std::abs(object.x - 0.5) > reach || std::abs(object.y - 0.5) > reach;
}

}  // namespace

Shares shares_of_things(const std::vector<objective::Name>& names,
                        const std::vector<std::string>& texts,
                        const std::vector<objective::PromptPull>& pulls) {
  double largest = 0;
  for (std::size_t p = 0; p < texts.size(); ++p) largest = std::max(largest, weight_now(pulls[p]));
  Shares shares;
  for (std::size_t p = 0; p < texts.size(); ++p) {
    const double weight = weight_now(pulls[p]);
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

}  // namespace clipguide::guide
