#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "clipguide/canvas/collage_canvas.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/imaging/layout.h"
#include "clipguide/objective/names.h"
#include "clipguide/objective/objective.h"
#include "clipguide/objective/prompt_objective.h"

/// Where a climb begins: of many random beginnings the one that fits the prompts best, seen whole
/// and small. The climb then starts where the large forms and colours are right.
namespace clipguide::guide {

/// What beginnings are judged by.
struct StartWish {
  std::vector<std::shared_ptr<const clip::ClipModel>> models;
  std::vector<objective::PromptTargets> targets;  ///< one a model
  std::vector<objective::PromptPull> pulls;  ///< of the targets; those of a region are passed over
  std::shared_ptr<const objective::Objective> contrast;  ///< null without one
  double contrast_weight = 0;
  /// Names of all things that the first model may know, as it embeds them: [R, D] or undefined; and
  /// the rows of those that the prompts hold.
  at::Tensor names;
  std::vector<std::int64_t> things;
  int copies = 1;  ///< of a single thing, as the prompts count it
  /// Where the things are to lie: rows of the names, the one left of or above the other.
  struct Side {
    std::int64_t one = 0, other = 0;
    objective::Relation::Side side = objective::Relation::Side::left;
  };
  std::vector<Side> sides;
  torch::Device device = torch::kCPU;
};

class StartSearch {
 public:
  explicit StartSearch(StartWish wish);

  imaging::Layout best_layout(std::uint64_t seed, int candidates) const;

  /// Forms of a catalogue that fit: for each thing named, or for the prompts where none is.
  struct FormStock {
    struct Group {
      int first = 0, count = 0;  ///< rows of the tensors
      std::int64_t thing = -1;   ///< row of the names; -1: the prompts
    };
    std::vector<Group> groups;
    at::Tensor codes;  ///< [F, C]
    at::Tensor drawn;  ///< [F, 4, S / 2, S / 2]: small, as candidates are seen
  };
  ///   own   the generator came with the first model: what it says of its forms holds
  ///   cost  without that, a pass of the generator and the models for each form of the catalogue
  FormStock stock(const canvas::FormGenerator& generator, bool own) const;

  /// A ground and at most so many objects, from the stock, for one picture of a collage.
  ///   ground  that is there already, [1, 3, H, W]; undefined: one is looked for
  struct Collage {
    imaging::Layout ground;
    std::vector<canvas::Placement> objects;
    std::vector<std::int64_t> things;  ///< of the objects, as FormStock::Group has it
  };
  Collage best_collage(const FormStock& stock, int objects, std::uint64_t seed, int candidates,
                       const at::Tensor& ground = {}) const;

  /// A ground for the objects of one picture, which are there already.
  imaging::Layout best_ground(const canvas::FormGenerator& generator,
                              const std::vector<canvas::Placement>& objects, std::uint64_t seed,
                              int candidates) const;

 private:
  at::Tensor loss_of(const objective::Evidence& evidence) const;
  /// Losses [C] of candidates; `seen(side)` gives them as a model of that size sees them.
  at::Tensor losses(const std::function<at::Tensor(int side_px)>& seen) const;
  /// What the models see in each form of the catalogue: M of [K, D].
  std::vector<at::Tensor> form_features(const canvas::FormGenerator& generator, bool own) const;
  std::vector<std::vector<std::int64_t>> forms_of_things(const at::Tensor& features) const;

  StartWish wish_;
  objective::PromptObjective prompts_;
};

}  // namespace clipguide::guide
