#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clipguide/clip/clip_model.h"
#include "clipguide/guide/run.h"

/// How good are the pictures? Runs a list of prompts and asks a judge that was not optimised.
///   P prompts of the list, K seeds
namespace clipguide::guide {

struct EvaluationPlan {
  std::vector<std::string> prompts;  ///< all of the list: the judge chooses among them
  int limit = 0;                     ///< run only so many, spread evenly over the list; 0: all
  int seeds = 1;                     ///< pictures a prompt, from options.seed on
  RunOptions options;                ///< of every run but for its prompt; its judge is not used
  std::shared_ptr<const clip::ClipModel> judge;
  /// Where the pictures are kept, made if need be; empty: nowhere. A picture that lies there from
  /// an earlier call with the same options is not made again.
  std::filesystem::path folder;
  std::string version;  ///< of the program, for the pictures' metadata
};

/// One finished picture. Similarities and measures are those of its 8-bit form.
struct EvaluatedPicture {
  std::string prompt;
  std::uint64_t seed = 0;
  std::string file;       ///< its name in the folder; empty without one
  double similarity = 0;  ///< to the prompt, by the optimised models
  double judge_similarity = 0;
  int rank = 1;           ///< of the right prompt in the judge's order of the list, from 1
  std::string judged_as;  ///< the prompt that the judge ranks first
  double spectral_slope = 0, repetition = 0;
  std::optional<double> elapsed_s;  ///< nothing when it lay there already
};

/// One picture of a plan, before it is made.
struct PlannedPicture {
  std::size_t prompt = 0;  ///< its index in the list
  RunOptions options;
  std::string file;  ///< its name in the folder; empty without one
};

struct Evaluation {
  std::vector<EvaluatedPicture> pictures;
  double r_precision_1 = 0, r_precision_5 = 0;  ///< share with rank 1, and up to 5
  double similarity = 0, judge_similarity = 0;  ///< means
  double spectral_slope = 0, repetition = 0;
  std::optional<double> seconds_per_picture;  ///< over those made in this call
  bool complete = true;                       ///< false when the callback said stop
};

/// After each picture: how many are done, of how many.
using EvaluationProgress =
    std::function<Verdict(int done, int count, const EvaluatedPicture& picture)>;

/// The figures over some pictures.
Evaluation summary_of(std::vector<EvaluatedPicture> pictures);

/// Indices of `count` prompts spread evenly over `size`; all of them for 0 or more than there are.
std::vector<std::size_t> spread_evenly(std::size_t size, int count);

/// All pictures of the plan, in their order.   throws  UsageError as check_prompts
std::vector<PlannedPicture> planned_pictures(const EvaluationPlan& plan);

/// throws  UsageError when the judge is one of the optimised models
void check_judge(const RunOptions& options, const RunContext& context);

/// stop    asked after each step: the picture under way is then left out
/// throws  as check_judge and PictureMaker::make do
Evaluation evaluate(const EvaluationPlan& plan, const RunContext& context,
                    const EvaluationProgress& on_picture = {},
                    const std::function<bool()>& stop = {});

}  // namespace clipguide::guide
