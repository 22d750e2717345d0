#pragma once

#include <optional>
#include <vector>

#include "clipguide/clip/frozen/plan.h"
#include "clipguide/clip/frozen/weight_packer.h"
#include "clipguide/kernels/packed_matrix.h"

/// The ModifiedResNet's weights as its plan multiplies with them: each convolution both ways, with
/// its batch norm folded in.
namespace clipguide::clip::frozen {

using namespace kernels;

struct Convolution {
  PackedMatrix forward, backward;
  int in = 0, out = 0;
  bool wide = false;  ///< 3x3
};

struct Bottleneck {
  Convolution one, two, three;
  std::optional<Convolution> shortcut;
  int side = 0;         ///< of its input
  bool halves = false;  ///< by averaging, after `two` and before the shortcut
};

struct ResNetWeights {
  ResNetWeights(const PlanSource& source, const PlanKernels& kernels);

  Convolution stem[3];  ///< the first one multiplies columns, see stem_columns.h
  std::vector<Bottleneck> blocks;
};

}  // namespace clipguide::clip::frozen
