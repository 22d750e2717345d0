#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "clipguide/canvas/collage_canvas.h"
#include "clipguide/canvas/saved_collage.h"
#include "clipguide/guide/name_list.h"
#include "clipguide/guide/run_options.h"
#include "clipguide/guide/start_search.h"
#include "clipguide/objective/prompt_objective.h"

/// How a collage begins: with what is there already, and the things that the prompts name besides.
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

/// Those of the first prompts that are wanted at all.
std::vector<std::string> wanted_texts(const std::vector<std::string>& texts,
                                      const std::vector<objective::PromptPull>& pulls);

/// What the prompts name: of the whole picture, and of each region, in the order of the names. A
/// thing of a region is not one of the whole picture too.
struct Named {
  std::vector<std::string> whole;
  std::vector<std::vector<std::string>> regions;

  bool empty() const;
};
Named things_named(const std::vector<objective::Name>& names, const std::vector<std::string>& texts,
                   const std::vector<objective::PromptPull>& pulls,
                   const std::vector<StartWish::Part>& regions);

/// What a collage is begun for.
struct CollageWish {
  const RunOptions& options;
  const NameList& list;
  const std::vector<std::string>& texts;  ///< of the first pulls
  const std::vector<objective::PromptPull>& pulls;
  const clip::ClipModel& model;          ///< the list's
  std::vector<StartWish::Part> regions;  ///< whose prompts are among the texts; no things yet
  int margin_px = 0;
  torch::Device device;
  std::function<StartSearch(std::vector<std::int64_t> things, std::vector<StartWish::Part> parts)>
      search;
};

/// Sets the objects of a collage: those of one before that are still asked for, and for the things
/// that are named besides the best that a search finds, over what is there. Where nothing is there,
/// or the options ask for a new one, a ground is looked for too; of what a start picture shows
/// already no second one is laid over it. What a region's prompt names lies within the region.
///   before   null without one
///   returns  of each picture the things that its objects stand for
std::vector<std::vector<std::string>> begin_collage(canvas::CollageCanvas& collage,
                                                    const canvas::SavedCollage* before,
                                                    const CollageWish& wish);

}  // namespace clipguide::guide
