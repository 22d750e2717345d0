#pragma once

#include <optional>

#include "clipguide/base/instruction_set.h"

namespace clipguide::clip {

/// automatic: bf16 where the processor multiplies it, f32 elsewhere.
enum class Precision { automatic, f32, bf16 };

/// How an image tower that will never change is computed on the CPU by kernels of our own, see
/// docs/design/frozen-towers.md.
struct TowerOptions {
  Precision precision = Precision::automatic;
  std::optional<base::InstructionSet> set = {};  ///< none: the best that the machine has
};

}  // namespace clipguide::clip
