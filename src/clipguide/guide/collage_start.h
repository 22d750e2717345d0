#pragma once

#include <map>
#include <string>
#include <vector>

#include "clipguide/canvas/saved_collage.h"
#include "clipguide/objective/names.h"
#include "clipguide/objective/prompt_objective.h"

/// How a collage goes on from another: with its objects, as far as the prompts still ask for them.
namespace clipguide::guide {

using Shares = std::map<std::string, double>;  ///< of a thing, in (0, 1]

/// How much each thing is asked for: the weight, at the run's beginning, of the prompts that name
/// it, the largest prompt's being 1.
///   names  of all things that may be meant
///   texts  of the first prompts; the others are passed over
Shares shares_of_things(const std::vector<objective::Name>& names,
                        const std::vector<std::string>& texts,
                        const std::vector<objective::PromptPull>& pulls);

/// Objects that stay, each as opaque as its thing is asked for. Those whose thing nobody asks for
/// any more are left out, and those that lie outside; one that has grown over the whole picture
/// is no object any more either: `grown` takes it, to be painted into the ground.
struct Remainder {
  std::vector<canvas::SavedCollage::Object> kept, grown;
};
Remainder remaining_objects(const canvas::SavedCollage& collage, const Shares& shares);

/// The objects that have room: of both, those asked for most, the kept ones lying lowest.
std::vector<canvas::SavedCollage::Object> fitting_objects(
    std::vector<canvas::SavedCollage::Object> kept,
    const std::vector<canvas::SavedCollage::Object>& found, int room);

}  // namespace clipguide::guide
