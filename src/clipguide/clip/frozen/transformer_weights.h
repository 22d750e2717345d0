#pragma once

#include <vector>

#include "clipguide/clip/frozen/plan.h"
#include "clipguide/clip/frozen/weight_packer.h"
#include "clipguide/kernels/packed_matrix.h"

/// The ViT's weights as its plan multiplies with them: each both ways, with what stands beside it
/// folded in. A norm's gain goes into the weights after it and its shift into their bias, the
/// scores' 1 / sqrt(d) into the queries, a layer scale into the projection before it.
namespace clipguide::clip::frozen {

using namespace kernels;

/// y = x W + b, and dx = dy W^T.
struct Dense {
  Dense() = default;
  /// Made of a weight [out, in] and a bias [out] or none.
  Dense(WeightPacker& packer, const Kernels& kernels, const WeightPacker::Make& make);
  PackedMatrix forward, backward;
};

struct BlockWeights {
  Dense qkv, out, widen, narrow;
};

struct TransformerWeights {
  TransformerWeights(const PlanSource& source, const Kernels& kernels);

  Dense patch, projection;
  std::vector<BlockWeights> blocks;
  std::vector<float> start;  ///< [1 + G*G, C]: positions, the class token added to its own
  std::vector<float> pre_gain, pre_shift;  ///< [C], or empty
};

}  // namespace clipguide::clip::frozen
