#pragma once

#include <vector>

#include "clipguide/clip/frozen/plan.h"
#include "clipguide/kernels/packed_matrix.h"

namespace clipguide::clip::frozen {

using namespace kernels;

/// The ResNet's attention with one query, in f32.   n pictures, P places, T = 1 + P tokens, C
/// channels, H heads, d = C / H, D embedding.
///
/// One query makes keys and values superfluous: a head's score of token x is (Wk^T q) . x, and its
/// answer Wv (sum of shares * x). Instead of 2 T C^2 multiplications that is 2 C^2, exactly the
/// same but for rounding; the key's bias shifts all scores alike and drops out.
class AttentionPool {
 public:
  AttentionPool() = default;
  AttentionPool(const PlanSource& source, const Kernels& f32);

  std::size_t kept_bytes(int pictures) const;
  std::size_t scratch_bytes(int pictures) const;

  /// map [n * P, C] -> features [n, D]
  void forward(int pictures, const float* map, float* features, std::byte* kept,
               std::byte* scratch) const;
  /// d_features [n, D] -> d_map [n * P, C]
  void backward(int pictures, const float* d_features, float* d_map, const std::byte* kept,
                std::byte* scratch) const;

 private:
  struct Head {
    PackedMatrix key, key_back, value, value_back;
  };
  struct Kept {
    float *tokens, *asks, *shares;  // [n, T, C], [n, H, C], [n, H, T']
  };
  struct Scratch {
    float *query, *answers, *mixed, *d_asks, *scores, *turned;
    float *largest, *inverse_sum, *d_tokens;
    std::byte *packed_tokens, *packed_heads;
  };
  Kept kept(int pictures, Carver& carver) const;
  Scratch scratch(int pictures, Carver& carver) const;
  void read_tokens(int pictures, const float* map, float* tokens) const;
  void score(const Kept& kept, int picture, const Scratch& scratch) const;
  void score_backward(const Kept& kept, int picture, const Scratch& scratch) const;
  void multiply(const float* a, std::int64_t stride, int rows, const Panels& b, float* out,
                std::int64_t out_stride, const float* bias = nullptr, bool add = false) const;

  const Kernels* kernels_ = nullptr;
  int channels_ = 0, places_ = 0, tokens_ = 0, heads_ = 0, head_width_ = 0, embedding_ = 0;
  int token_stride_ = 0;  // T'
  std::vector<float> positions_;
  PackedMatrix query_, query_back_, out_, out_back_;
  std::vector<Head> per_head_;
};

}  // namespace clipguide::clip::frozen
