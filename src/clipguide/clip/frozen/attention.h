#pragma once

#include <cstddef>
#include <cstdint>

#include "clipguide/kernels/buffer.h"
#include "clipguide/kernels/kernels.h"

/// Attention of one head of one picture, in blocks of queries, so that no more than a strip of the
/// scores is ever held.   L tokens, d head width; queries are the first tokens: all of them, or
/// only the class token where nothing else is read afterwards.
/// The scores' scale is expected in the queries.
namespace clipguide::clip::frozen {

using namespace kernels;

/// Rows of elements inside a larger matrix.
struct Rows {
  std::byte* data = nullptr;
  std::int64_t stride = 0;  ///< elements
};

struct HeadShape {
  int tokens = 0, width = 0, queries = 0;
};

/// Working memory of a thread; a null block only counts.
class AttentionScratch {
 public:
  AttentionScratch(const Kernels& kernels, int tokens, int head_width, Carver& carver);

  std::byte *packed_a, *packed_b;     // a matrix [d, L] or [L, d] in panels
  std::byte *block_a, *block_b;       // a block of queries in panels
  std::byte *wide, *tall_a, *tall_b;  // elements [block, L], [L, block]
  float *scores, *d_shares;           // [block, L] or [L, block]
  float *d_keys, *d_values;           // [L, d], sums over the blocks
  std::int64_t wide_stride, head_stride;

  static constexpr int kBlock = 64;  ///< queries
};

/// out [queries, d] = softmax(q k^T) v
///   largest, inverse_sum  [queries, in whole blocks]: kept for the way back
void attend(const Kernels& kernels, const HeadShape& shape, const Rows& q, const Rows& k,
            const Rows& v, const Rows& out, float* largest, float* inverse_sum,
            const AttentionScratch& scratch);

/// From d_out to d_q [queries, d], d_k and d_v [L, d].
void attend_backward(const Kernels& kernels, const HeadShape& shape, const Rows& q, const Rows& k,
                     const Rows& v, const Rows& d_out, const float* largest,
                     const float* inverse_sum, const Rows& d_q, const Rows& d_k, const Rows& d_v,
                     const AttentionScratch& scratch);

}  // namespace clipguide::clip::frozen
