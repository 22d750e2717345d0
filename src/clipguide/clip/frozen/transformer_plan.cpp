#include "clipguide/clip/frozen/transformer_plan.h"

#include <cstring>

namespace clipguide::clip::frozen {

TransformerPlan::TransformerPlan(const PlanSource& source, const Kernels& kernels)
    : kernels_(kernels),
      config_(source.config),
      activation_(source.activation),
      embedding_(source.embedding),
      width_(config_.width),
      hidden_(mlp_width(config_.width, config_.mlp_ratio)),
      stride_(row_stride(width_)),
      hidden_stride_(row_stride(hidden_)),
      qkv_stride_(row_stride(3 * width_)),
      patch_{config_.image_size_px, config_.patch_px},
      pixels_(source.mean, source.std),
      weights_(source, kernels),
      class_only_(config_.pool == TokenPool::class_token) {
  tokens_ = 1 + patch_.count();
}

TransformerPlan::Tail TransformerPlan::tail(std::size_t block, int pictures) const {
  if (class_only_ && block + 1 == weights_.blocks.size())
    return {pictures, std::int64_t(tokens_) * stride_, 1};
  return {std::int64_t(pictures) * tokens_, stride_, tokens_};
}

TransformerPlan::Kept TransformerPlan::kept(int pictures, Carver& carver) const {
  const std::int64_t rows = std::int64_t(pictures) * tokens_;
  const std::int64_t bytes = std::int64_t(kernels_.element_bytes());
  const auto normed = [&](std::int64_t count) {
    std::byte* hat = carver.take(count * stride_ * bytes);
    return Normed{hat, carver.take<float>(count)};
  };
  Kept kept;
  kept.pre = normed(config_.pre_norm ? rows : 0);
  for (std::size_t i = 0; i < weights_.blocks.size(); ++i) {
    const Tail tail = this->tail(i, pictures);
    KeptBlock block;
    block.first = normed(rows);
    block.second = normed(tail.rows);
    block.qkv = carver.take(rows * qkv_stride_ * bytes);
    block.slope = carver.take(tail.rows * hidden_stride_ * bytes);
    const std::int64_t queries = whole(tail.queries, AttentionScratch::kBlock);
    block.largest = carver.take<float>(pictures * config_.heads * queries);
    block.inverse_sum = carver.take<float>(pictures * config_.heads * queries);
    kept.blocks.push_back(block);
  }
  kept.post = normed(class_only_ || config_.norm_after_pool ? pictures : rows);
  return kept;
}

TransformerPlan::Scratch TransformerPlan::scratch(int pictures, Carver& carver) const {
  const std::int64_t rows = std::int64_t(pictures) * tokens_;
  const std::int64_t bytes = std::int64_t(kernels_.element_bytes());
  const std::int64_t patch_stride = row_stride(patch_.length());
  Scratch s;
  s.stream = carver.take<float>(rows * stride_);
  s.row = carver.take<float>(std::max<std::int64_t>(patch_stride, stride_));
  s.patches_f32 = carver.take<float>(patch_.count() * patch_stride);
  s.pooled = carver.take<float>(std::int64_t(pictures) * stride_);
  s.narrow = carver.take(rows * std::max(stride_, row_stride(embedding_)) * bytes);
  s.joined = carver.take(rows * stride_ * bytes);
  s.hidden = carver.take(rows * hidden_stride_ * bytes);
  s.d_qkv = carver.take(rows * qkv_stride_ * bytes);
  s.d_normed = carver.take(rows * stride_ * bytes);
  s.patches = carver.take(patch_.count() * patch_stride * bytes);
  return s;
}

std::size_t TransformerPlan::kept_bytes(int pictures) const {
  Carver carver(nullptr);
  kept(pictures, carver);
  return carver.taken();
}

std::size_t TransformerPlan::scratch_bytes(int pictures) const {
  Carver carver(nullptr);
  scratch(pictures, carver);
  attention_scratch(carver);
  return carver.taken();
}

Product TransformerPlan::product(const PackedMatrix& weight, const std::byte* in, int in_width,
                                 std::int64_t rows, std::byte* out, int out_width) const {
  Product product;
  product.a = {in, row_stride(in_width)};
  product.rows = rows;
  product.b = weight.panels();
  product.bias = weight.bias();
  product.out = out, product.out_stride = row_stride(out_width);
  product.out_columns = int(whole(out_width, kernels_.panel));
  return product;
}

void TransformerPlan::add_to_stream(const PackedMatrix& weight, const std::byte* in, int in_width,
                                    const Tail& tail, float* stream) const {
  Product call = product(weight, in, in_width, tail.rows, nullptr, width_);
  call.finish = Finish::add_f32;
  call.out = stream, call.out_stride = tail.stride;
  kernels_.multiply(call);
}

void TransformerPlan::norm(float* stream, std::int64_t stride, std::int64_t rows,
                           const Normed& normed) const {
  kernels_.norm({stream, stride, rows, width_, float(config_.norm_epsilon), normed.hat, stride_,
                 normed.deviation, nullptr, nullptr});
}

/// Adds to the stream's gradient, and writes its sum as elements to s.narrow.
void TransformerPlan::norm_back(const std::byte* dy, const Normed& normed, const Tail& tail,
                                const Scratch& s) const {
  NormBackwardCall call;
  call.dy = dy, call.dy_stride = stride_;
  call.rows = tail.rows, call.width = width_;
  call.hat = normed.hat, call.hat_stride = stride_;
  call.inverse_deviation = normed.deviation;
  call.dx = s.stream, call.dx_stride = tail.stride;
  call.dx_element = s.narrow, call.dx_element_stride = stride_;
  kernels_.norm_backward(call);
}

template <class Each>
void TransformerPlan::each_head(int pictures, const Tail& tail, const KeptBlock& kept,
                                const Each& each) const {
  const int head_width = width_ / config_.heads;
  const std::int64_t queries = whole(tail.queries, AttentionScratch::kBlock);
  for (int n = 0; n < pictures; ++n)
    for (int h = 0; h < config_.heads; ++h) {
      const std::int64_t column = std::int64_t(h) * head_width;
      const std::int64_t qkv_at = std::int64_t(n) * tokens_ * qkv_stride_ + column;
      const std::int64_t joined_at = std::int64_t(n) * tail.queries * stride_ + column;
      const std::int64_t stats_at = (std::int64_t(n) * config_.heads + h) * queries;
      const auto part = [&](std::byte* qkv, int which) {  // q, k or v
        return Rows{at(qkv, qkv_at + std::int64_t(which) * width_), qkv_stride_};
      };
      each(HeadShape{tokens_, head_width, tail.queries}, part, joined_at, kept.largest + stats_at,
           kept.inverse_sum + stats_at);
    }
}

void TransformerPlan::block(std::size_t index, int pictures, const Kept& k, const Scratch& s,
                            const AttentionScratch& attention) const {
  const BlockWeights& w = weights_.blocks[index];
  const KeptBlock& kept = k.blocks[index];
  const Tail tail = this->tail(index, pictures);
  const std::int64_t rows = std::int64_t(pictures) * tokens_;

  // Look around.
  norm(s.stream, stride_, rows, kept.first);
  kernels_.multiply(product(w.qkv.forward, kept.first.hat, width_, rows, kept.qkv, 3 * width_));
  each_head(pictures, tail, kept,
            [&](const HeadShape& shape, const auto& part, std::int64_t joined, float* largest,
                float* inverse_sum) {
              attend(kernels_, shape, part(kept.qkv, 0), part(kept.qkv, 1), part(kept.qkv, 2),
                     {at(s.joined, joined), stride_}, largest, inverse_sum, attention);
            });
  add_to_stream(w.out.forward, s.joined, width_, tail, s.stream);

  // Think.
  norm(s.stream, tail.stride, tail.rows, kept.second);
  Product widen = product(w.widen.forward, kept.second.hat, width_, tail.rows, s.hidden, hidden_);
  widen.finish = activation_ == Activation::gelu ? Finish::gelu : Finish::quick_gelu;
  widen.slope = kept.slope, widen.slope_stride = hidden_stride_;
  kernels_.multiply(widen);
  add_to_stream(w.narrow.forward, s.hidden, hidden_, tail, s.stream);
}

/// s.stream and s.narrow hold the gradient to the block's result, then to its input.
void TransformerPlan::block_back(std::size_t index, int pictures, const Kept& k, const Scratch& s,
                                 const AttentionScratch& attention) const {
  const BlockWeights& w = weights_.blocks[index];
  const KeptBlock& kept = k.blocks[index];
  const Tail tail = this->tail(index, pictures);
  const std::int64_t rows = std::int64_t(pictures) * tokens_;

  Product widen = product(w.narrow.backward, s.narrow, width_, tail.rows, s.hidden, hidden_);
  widen.finish = Finish::multiply;
  widen.slope = kept.slope, widen.slope_stride = hidden_stride_;
  kernels_.multiply(widen);
  kernels_.multiply(product(w.widen.backward, s.hidden, hidden_, tail.rows, s.d_normed, width_));
  norm_back(s.d_normed, kept.second, tail, s);

  kernels_.multiply(product(w.out.backward, s.narrow, width_, tail.rows, s.joined, width_));
  if (tail.queries < tokens_)  // the others asked nothing
    std::memset(s.d_qkv, 0, std::size_t(rows * qkv_stride_) * kernels_.element_bytes());
  each_head(pictures, tail, kept,
            [&](const HeadShape& shape, const auto& part, std::int64_t joined, const float* largest,
                const float* inverse_sum) {
              attend_backward(kernels_, shape, part(kept.qkv, 0), part(kept.qkv, 1),
                              part(kept.qkv, 2), {at(s.joined, joined), stride_}, largest,
                              inverse_sum, part(s.d_qkv, 0), part(s.d_qkv, 1), part(s.d_qkv, 2),
                              attention);
            });
  kernels_.multiply(product(w.qkv.backward, s.d_qkv, 3 * width_, rows, s.d_normed, width_));
  norm_back(s.d_normed, kept.first, {rows, stride_, tokens_}, s);
}

void TransformerPlan::forward(const Batch& batch) const {
  Carver kept_carver(batch.kept), scratch_carver(batch.scratch);
  const Kept k = kept(batch.pictures, kept_carver);
  const Scratch s = scratch(batch.pictures, scratch_carver);
  const AttentionScratch attention = attention_scratch(scratch_carver);
  embed(batch, k, s);
  for (std::size_t i = 0; i < weights_.blocks.size(); ++i)
    block(i, batch.pictures, k, s, attention);
  pool(batch, k, s);
}

void TransformerPlan::backward(const Batch& batch) const {
  Carver kept_carver(batch.kept), scratch_carver(batch.scratch);
  const Kept k = kept(batch.pictures, kept_carver);
  const Scratch s = scratch(batch.pictures, scratch_carver);
  const AttentionScratch attention = attention_scratch(scratch_carver);
  pool_back(batch, k, s);
  for (std::size_t i = weights_.blocks.size(); i-- > 0;)
    block_back(i, batch.pictures, k, s, attention);
  embed_back(batch, k, s);
}

std::unique_ptr<Plan> make_transformer_plan(const PlanSource& source, const Kernels& kernels) {
  const bool known =
      source.config.pool == TokenPool::class_token || source.config.pool == TokenPool::average;
  if (!known || source.config.layers < 1) return nullptr;
  return std::make_unique<TransformerPlan>(source, kernels);
}

}  // namespace clipguide::clip::frozen
