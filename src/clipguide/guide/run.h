#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clipguide/base/log.h"
#include "clipguide/base/torch.h"
#include "clipguide/canvas/collage_canvas.h"
#include "clipguide/canvas/saved_collage.h"
#include "clipguide/guide/guide.h"
#include "clipguide/guide/name_list.h"
#include "clipguide/guide/probe.h"
#include "clipguide/guide/region.h"
#include "clipguide/guide/run_options.h"
#include "clipguide/guide/seen_object.h"
#include "clipguide/guide/snapshot.h"
#include "clipguide/guide/start_search.h"
#include "clipguide/objective/prompt_objective.h"
#include "clipguide/view/view.h"
#include "clipguide/weights/model_store.h"

/// A whole run, made from its options.   N pictures, H W pixels of the finished picture.
namespace clipguide::guide {

/// What a run needs from its surroundings, and what does not change the picture.
struct RunContext {
  torch::Device device = torch::kCPU;
  base::LogSink log;
  /// Name or path of a model -> local path. Empty: the text is the path.
  std::function<std::filesystem::path(const std::string&)> resolve_model;
  /// The same for one half of a tiny autoencoder.
  std::function<std::filesystem::path(const std::string&, weights::AutoencoderHalf)>
      resolve_autoencoder;
  /// Loads a model; empty: clip::load_clip. For callers that keep models from run to run.
  std::function<std::shared_ptr<const clip::ClipModel>(const std::filesystem::path&,
                                                       const clip::LoadOptions&)>
      load_model;
  /// Vocabulary for models that have none beside them; may be empty.
  std::filesystem::path fallback_vocabulary;
  /// Where packed weights are kept from run to run; empty: nowhere.
  std::filesystem::path packed_folder;
  /// What the process may use; 0: no bound. A run that leaves view_batch to the program takes as
  /// many views at once as fit, found out on trial steps, and says so in its options.
  std::int64_t most_memory_bytes = 0;
};

/// How a run computes its models' image towers; none: by the libtorch module.
///   throws  UsageError for options that contradict each other
std::optional<clip::TowerOptions> tower_options(const RunOptions& options);

struct RunScore {
  std::vector<double> similarity;  ///< of each finished picture, whole, to the wanted prompts
  std::vector<double> judge;       ///< the same by the judge; empty without one
};

class Run {
 public:
  /// Loads the models, embeds the prompts, makes the canvas.
  ///   throws  UsageError, also where most_memory_bytes are too few, FormatError, IoError,
  ///   NumericError
  Run(const RunOptions& options, RunContext context);

  /// Goes on from a snapshot.
  ///   throws  FormatError when the model now embeds the prompts differently than when it was saved
  Run(const Snapshot& snapshot, RunContext context);

  ~Run();

  /// Steps until the end or until the callback says stop. Throws as guide() does.
  void go(const std::function<Verdict(const StepEvent&)>& on_step);

  bool done() const;
  const RunOptions& options() const { return options_; }
  const GuideState& state() const { return state_; }

  /// The finished pictures [N, 3, H, W] in [0, 1]: the last, or the best by similarity to the
  /// views, as options.keep says.
  at::Tensor pictures() const;

  /// The same at options.export_scale times the size: what is written to a file.
  at::Tensor exported() const;

  /// The finished pictures with the canvas's margin around them: what a further step would look at.
  at::Tensor rendered() const;

  /// Looks at a picture with its margin (StepEvent::picture, or rendered()) as the step with that
  /// number of steps done would.
  Probe look_again(const at::Tensor& rendered, int step) const;

  /// What a step looked at, without the canvas's margin.
  at::Tensor crop(const at::Tensor& rendered) const;

  RunScore score() const { return score_of(pictures()); }

  /// The same of any pictures [N, 3, H, W].
  RunScore score_of(const at::Tensor& pictures) const;

  /// The optimised models, in the order of the options.
  std::vector<std::shared_ptr<const clip::ClipModel>> models() const;

  Snapshot snapshot() const;

  /// One of the pictures as another run can go on from it; the canvas is a collage.
  canvas::SavedCollage collage(int picture) const;

  /// What `exported` shows of a collage's objects. Nothing where that is not known: of another
  /// canvas, of one that stays as it began, of a picture from before the last step.
  std::optional<std::vector<SeenObject>> objects(int picture) const;

 private:
  struct Model;

  void load();
  void add_prompts(const RegionalView& views);
  void add_contrast(const std::function<int(double progress)>& whole_views);
  template <class Term>
  void add_term(const Curve& weight);
  GuideOptions guide_options() const;
  GuideParts parts() const;
  void add_scheduled(std::shared_ptr<const objective::Objective> term, const Curve& weight);
  imaging::Enlargement export_size() const;
  bool keeps_best() const;
  void report_unknown_words(const std::vector<std::string>& texts) const;
  void make_canvas(bool restored);
  void fit_memory();
  canvas::Symmetry symmetry() const;
  bool is_square() const { return options_.width == options_.height; }
  void find_painted(const at::Tensor& mask, bool over_start);
  std::vector<StartWish::Part> region_parts() const;
  StartSearch start_search(std::vector<std::int64_t> things,
                           std::vector<StartWish::Part> parts) const;
  /// Of the first model, or of --rivals; empty without.
  const NameList& name_list();
  std::vector<double> similarity_of(const Model& model, const at::Tensor& picture) const;

  RunOptions options_;
  RunContext context_;
  int margin_px_ = 0;
  std::string avoided_;  // prompts, by the first model's card
  std::vector<Model> models_;
  std::unique_ptr<Model> judge_;
  std::unique_ptr<canvas::Canvas> canvas_;
  canvas::CollageCanvas* collage_ = nullptr;  // the same or within it, where it is one
  std::unique_ptr<view::View> view_;
  std::vector<std::shared_ptr<const objective::Objective>> objectives_;
  std::vector<objective::PromptPull> pulls_;
  std::vector<std::string> words_;  ///< of the pulls that are texts, which come first
  std::vector<Region> regions_;
  /// Of a collage: where its objects are to lie, and how much is seen of them.
  struct {
    canvas::Area area;
    at::Tensor mask;  // as StartWish has it
  } painted_;
  std::shared_ptr<const objective::Objective> contrast_;  ///< without its curve; null without one
  std::optional<NameList> name_list_;
  std::vector<std::vector<std::string>> things_;  ///< of each picture's objects, in a collage
  GuideState state_;
  BestPicture best_;
};

}  // namespace clipguide::guide
