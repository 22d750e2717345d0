#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/guide/region.h"
#include "clipguide/guide/run_options.h"
#include "clipguide/media/picture.h"
#include "clipguide/objective/prompt_objective.h"

/// What a run wants, as its options say it, before any model has read it.
///   P prompts, D embedding
namespace clipguide::guide {

/// Reads what the options' texts say, and no file: prompts, and a factor for each where there are
/// any.   throws  UsageError as run_prompts and style_terms
void check_prompts(const RunOptions& options);

struct RunPrompts {
  /// One a prompt: those of `prompt`, of `negative_prompt` and `avoid`, the regions', the pictures
  /// to resemble.
  std::vector<objective::PromptPull> pulls;
  std::vector<std::string> texts;        ///< of the first pulls
  std::vector<media::Picture> pictures;  ///< of the others

  /// [P, D], unit length.
  at::Tensor embedded(const clip::ClipModel& model, torch::Device device, bool truncate) const;
};

/// avoided  texts of `avoid`, which have no factors over the run
/// views    those of the regions are judged by the regions' prompts, the rest by the others
/// throws   UsageError, also for a run that wants nothing; as media::read_picture
RunPrompts run_prompts(const RunOptions& options, const std::string& avoided,
                       const std::vector<Region>& regions, const RegionalView& views);

/// The terms of `style_images`.   throws  UsageError; as media::read_picture
std::vector<std::shared_ptr<const objective::Objective>> style_terms(const RunOptions& options,
                                                                     torch::Device device);

}  // namespace clipguide::guide
