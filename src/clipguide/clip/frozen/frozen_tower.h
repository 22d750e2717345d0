#pragma once

#include <memory>

#include "clipguide/base/instruction_set.h"
#include "clipguide/base/torch.h"
#include "clipguide/clip/config.h"
#include "clipguide/clip/frozen/plan.h"

namespace clipguide::clip::frozen {

/// An image tower that never changes again: its features, and their gradient to the picture.
///   N pictures, S side, D embedding
/// Pictures are dealt to threads in batches that suit the caches, and each thread carries its
/// batches through the whole tower. The result does not depend on the number of threads. Memory is
/// kept from call to call; a call allocates its result alone.
class FrozenTower {
 public:
  /// threads >= 1
  FrozenTower(std::unique_ptr<const Plan> plan, int threads);
  ~FrozenTower();

  /// picture_srgb [N, 3, S, S] f32 in [0, 1], on the CPU -> features [N, D], before normalisation.
  /// Once differentiable to the picture, any number of times if the graph is retained.
  ///   throws  ShapeError
  at::Tensor encode(const at::Tensor& picture_srgb) const;

 private:
  class Engine;
  std::shared_ptr<Engine> engine_;  // outlives this where a graph still needs it
};

/// What a model's image tower is computed with.
struct TowerChoice {
  base::InstructionSet set = base::InstructionSet::portable;
  bool bf16 = false;
};

/// The plan of `source`'s kind for a choice; null where this kind of tower has none.
///   throws  UsageError where the machine lacks the set, or the set bf16
std::unique_ptr<const Plan> make_plan(const PlanSource& source, const TowerChoice& choice);

}  // namespace clipguide::clip::frozen
