#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "clipguide/guide/run.h"
#include "clipguide/guide/run_options.h"

/// What happens inside a run, written down for people: pictures in a folder and the numbers to
/// them.
namespace clipguide::workflow {

/// One of the views of a moment.
struct TracedView {
  std::string file;
  double similarity = 0;
};

/// The run after a number of steps, and what the next step saw. Files are named from the folder of
/// the trace.
struct Moment {
  int step = 0;                 ///< steps done
  double similarity = 0;        ///< of the whole picture to the prompt, by the optimised models
  std::optional<double> judge;  ///< the same by the judge
  std::string picture;
  std::vector<TracedView> views;  ///< no more than kMostViews
  int view_count = 0;             ///< of which these are the first
  double view_similarity = 0;     ///< mean over all of them
  std::string gradient;           ///< red: lighter is warmer; blue: darker is warmer
  std::string gradient_size;
  double gradient_full = 0;              ///< size of the gradient at the heat maps' full colour
  std::string update;                    ///< empty when no step follows
  double largest_update = 0;             ///< in levels of 0 to 255
  std::vector<double> frequency, power;  ///< the spectrum, cycles a pixel
  double spectral_slope = 0;
};

/// Similarity of the whole picture over the run.
struct SimilarityCurve {
  std::vector<double> step, similarity, judge;  ///< judge is empty without one
};

struct RunTrace {
  guide::RunOptions options;
  std::vector<Moment> moments;
  SimilarityCurve curve;
};

constexpr int kMostViews = 8;

/// The moments "0,1,2,10,last" of a run, rising, each once, the last always among them; those
/// beyond its end are dropped.
///   throws  UsageError for what is no such list
std::vector<int> parse_moments(const std::string& list, int steps);

struct TracePlan {
  guide::RunOptions options;  ///< of one picture
  std::vector<int> moments;
  std::filesystem::path folder;  ///< made if need be
};

/// Runs and writes down, in the folder, the pictures and last `trace.json`. A trace of the same
/// plan that lies there whole is read and not made again.
///   returns  nothing when the callback stopped it
///   cost     the run; two more looks at each picture of the curve (up to about 100 of them), and a
///            step and a half a moment
std::optional<RunTrace> trace_run(
    const TracePlan& plan, const guide::RunContext& context,
    const std::function<guide::Verdict(const guide::StepEvent&)>& on_step = {});

/// One moment of a picture that is there already, without a run: what CLIP sees in it.
///   options  as for a run; its size is that of the picture
Moment trace_picture(const at::Tensor& picture, const guide::RunOptions& options,
                     const guide::RunContext& context, const std::filesystem::path& folder);

nlohmann::json to_json(const RunTrace& trace);
RunTrace trace_from_json(const nlohmann::json& json);  ///< throws  what nlohmann and from_json do

/// The textbook's loop with the same wish: pixels, looked at whole, nothing held back. Prompts,
/// models, size, steps and seed stay.
guide::RunOptions pure_run_of(const guide::RunOptions& options);

}  // namespace clipguide::workflow
