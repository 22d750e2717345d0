#pragma once

#include <algorithm>
#include <vector>

#include "clipguide/clip/frozen/attention.h"
#include "clipguide/clip/frozen/patches.h"
#include "clipguide/clip/frozen/plan.h"
#include "clipguide/clip/frozen/transformer_weights.h"

/// CLIP's ViT. The residual stream is f32; what the products read and what the way back needs
/// are elements: the normed activations, q, k and v, and the slope of the activation function.
/// Where only the class token is read in the end, the last block's tail is computed for it alone.
///   n pictures, L tokens, C width, F width of the hidden layer, D embedding
namespace clipguide::clip::frozen {

class TransformerPlan final : public Plan {
 public:
  TransformerPlan(const PlanSource& source, const Kernels& kernels);

  int side_px() const override { return config_.image_size_px; }
  int embedding() const override { return embedding_; }
  int pictures_at_once() const override { return std::max(1, kRowsAtOnce / tokens_); }
  std::size_t kept_bytes(int pictures) const override;
  std::size_t scratch_bytes(int pictures) const override;
  void forward(const Batch& batch) const override;
  void backward(const Batch& batch) const override;

 private:
  static constexpr int kRowsAtOnce = 512;  // enough to make up for reading the weights once

  /// A matrix of elements and what its norm divided by.
  struct Normed {
    std::byte* hat;
    float* deviation;
  };
  struct KeptBlock {
    Normed first, second;
    std::byte *qkv, *slope;
    float *largest, *inverse_sum;  // [n, H, queries in whole blocks]
  };
  struct Kept {
    Normed pre, post;
    std::vector<KeptBlock> blocks;
  };
  struct Scratch {
    float *stream, *row, *patches_f32, *pooled;
    std::byte *narrow, *joined, *hidden, *d_qkv, *d_normed, *patches;
  };
  /// The rows that a block's tail works on, and their distance in the stream.
  struct Tail {
    std::int64_t rows, stride;
    int queries;
  };

  Kept kept(int pictures, Carver& carver) const;
  Scratch scratch(int pictures, Carver& carver) const;
  Tail tail(std::size_t block, int pictures) const;

  Product product(const PackedMatrix& weight, const std::byte* in, int in_width, std::int64_t rows,
                  std::byte* out, int out_width) const;
  void add_to_stream(const PackedMatrix& weight, const std::byte* in, int in_width,
                     const Tail& tail, float* stream) const;
  void norm(float* stream, std::int64_t stride, std::int64_t rows, const Normed& normed) const;
  void norm_back(const std::byte* dy, const Normed& normed, const Tail& tail,
                 const Scratch& s) const;

  void embed(const Batch& batch, const Kept& k, const Scratch& s) const;
  void embed_back(const Batch& batch, const Kept& k, const Scratch& s) const;
  void pool(const Batch& batch, const Kept& k, const Scratch& s) const;
  void pool_back(const Batch& batch, const Kept& k, const Scratch& s) const;
  void block(std::size_t index, int pictures, const Kept& k, const Scratch& s,
             const AttentionScratch& attention) const;
  void block_back(std::size_t index, int pictures, const Kept& k, const Scratch& s,
                  const AttentionScratch& attention) const;
  template <class Each>
  void each_head(int pictures, const Tail& tail, const KeptBlock& kept, const Each& each) const;

  std::byte* at(std::byte* data, std::int64_t element) const {
    return data + element * std::int64_t(kernels_.element_bytes());
  }
  AttentionScratch attention_scratch(Carver& carver) const {
    return AttentionScratch(kernels_, tokens_, width_ / config_.heads, carver);
  }

  const Kernels& kernels_;
  VisionConfig config_;
  Activation activation_;
  int embedding_, width_, hidden_, tokens_;
  int stride_, hidden_stride_, qkv_stride_;
  PatchShape patch_;
  PixelScale pixels_;
  TransformerWeights weights_;
  bool class_only_;
};

}  // namespace clipguide::clip::frozen
