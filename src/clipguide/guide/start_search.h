#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "clipguide/canvas/collage_canvas.h"
#include "clipguide/canvas/symmetric_canvas.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/guide/arrangement.h"
#include "clipguide/imaging/layout.h"
#include "clipguide/objective/objective.h"
#include "clipguide/objective/prompt_objective.h"

/// Where a climb begins: of many random beginnings the one that fits the prompts best, seen whole
/// and small. The climb then starts where the large forms and colours are right.
namespace clipguide::guide {

/// What beginnings are judged by.
struct StartWish {
  std::vector<std::shared_ptr<const clip::ClipModel>> models;
  std::vector<objective::PromptTargets> targets;         ///< one a model
  std::vector<objective::PromptPull> pulls;              ///< of the targets
  std::shared_ptr<const objective::Objective> contrast;  ///< null without one
  double contrast_weight = 0;
  /// Names of all things that the first model may know, as it embeds them: [R, D] or undefined; and
  /// the rows of those that the prompts hold.
  at::Tensor names;
  std::vector<std::int64_t> things;
  /// Of those things, in the regions too, that the prompts give a colour, "a red apple" as the
  /// first model embeds it, [D]: it chooses among looks of one thing.
  std::map<std::int64_t, at::Tensor> coloured;
  int copies = 1;  ///< of a single thing, as the prompts count it
  std::vector<ThingSide> sides;
  /// A region with a prompt of its own, which judges that part of a candidate alone.
  struct Part {
    canvas::Area area;
    std::size_t pull = 0;                   ///< whose prompt it is
    std::vector<std::int64_t> things = {};  ///< that it names, which lie within the area
    int copies = 1;                         ///< of a single one
  };
  std::vector<Part> parts;
  canvas::Area area;  ///< that the things of the whole picture lie within
  canvas::Symmetry symmetry = canvas::Symmetry::none;  ///< that the picture is shown with
  at::Tensor mask;  ///< [1, 1, H, W], how much is seen of what lies over a ground that is there
                    ///< already; undefined: all
  int width_px = 384, height_px = 384;  ///< of the picture
  bool tile = false;                    ///< it repeats beyond its edges
  torch::Device device = torch::kCPU;
};

/// The part of pictures [N, 3, H, W] that an area holds, of one pixel at least.
at::Tensor part_of(const at::Tensor& pictures, const canvas::Area& area);

/// Forms as candidates are seen, small: the mean of 2 x 2 pixels, between which no sample falls.
at::Tensor draw_small(const canvas::FormGenerator& generator, const at::Tensor& codes);

class StartSearch {
 public:
  explicit StartSearch(StartWish wish);

  imaging::Layout best_layout(std::uint64_t seed, int candidates) const;

  /// Forms of a catalogue that fit: for each thing named, or for the prompts where none is.
  struct FormStock {
    std::vector<FormGroup> groups;
    at::Tensor codes;  ///< [F, C]
    at::Tensor drawn;  ///< [F, 4, S / 2, S / 2]: small, as candidates are seen
  };
  ///   own   the generator came with the first model: what it says of its forms holds
  ///   cost  without that, a pass of the generator and the models for each form of the catalogue
  FormStock stock(const canvas::FormGenerator& generator, bool own) const;

  /// A ground and at most so many objects, from the stock, for one picture of a collage: first what
  /// the prompts of the whole picture ask for, then over it, in each region, what its prompt names.
  ///   ground  that is there already, [1, 3, H, W]; undefined: one is looked for
  Arrangement best_collage(const FormStock& stock, int objects, std::uint64_t seed, int candidates,
                           const at::Tensor& ground = {}) const;

  /// A ground for the objects of one picture, which are there already.
  imaging::Layout best_ground(const canvas::FormGenerator& generator,
                              const std::vector<canvas::Placement>& objects, std::uint64_t seed,
                              int candidates) const;

 private:
  using Seen = std::function<at::Tensor(int side_px)>;  ///< candidates as a model of that size does
  struct Stage;

  at::Tensor loss_of(const objective::Evidence& evidence) const;
  objective::Evidence evidence_of(const Seen& seen) const;
  /// Losses [C] of candidates by the prompts of the whole picture, and by those of regions that
  /// have nothing but the ground to be seen in.
  at::Tensor losses(const Seen& seen) const;
  bool is_shown_by_ground(const StartWish::Part& part) const;
  bool asks_for_whole() const;
  int objects_of(const FormStock& stock, int part) const;
  imaging::Layout laid_out(imaging::Layout layout) const;
  at::Tensor lay(const at::Tensor& under, const at::Tensor& drawn, const at::Tensor& place,
                 const at::Tensor& opacity, bool tile) const;
  Arrangement best_arrangement(const FormStock& stock, const Stage& stage,
                               const base::RandomStream& root, int candidates) const;
  at::Tensor picture_of(const FormStock& stock, const Arrangement& made,
                        const at::Tensor& ground) const;
  /// What the models see in each form of the catalogue: M of [K, D].
  std::vector<at::Tensor> form_features(const canvas::FormGenerator& generator, bool own) const;
  std::vector<std::vector<std::int64_t>> forms_of_things(
      const at::Tensor& features, const std::vector<std::int64_t>& things) const;

  StartWish wish_;
  objective::PromptObjective prompts_;
  std::vector<objective::PromptObjective> part_prompts_;
};

}  // namespace clipguide::guide
