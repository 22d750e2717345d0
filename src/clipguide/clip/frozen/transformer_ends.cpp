#include <algorithm>
#include <cstring>

#include "clipguide/clip/frozen/transformer_plan.h"

/// Where pictures enter the ViT's plan and features leave it.
namespace clipguide::clip::frozen {

void TransformerPlan::embed(const Batch& batch, const Kept& k, const Scratch& s) const {
  for (int n = 0; n < batch.pictures; ++n) {
    float* stream = s.stream + std::int64_t(n) * tokens_ * stride_;
    for (int t = 0; t < tokens_; ++t)
      std::copy_n(weights_.start.data() + std::int64_t(t) * width_, width_,
                  stream + std::int64_t(t) * stride_);
    const std::int64_t picture = std::int64_t(3) * patch_.side_px * patch_.side_px;
    gather_patches(kernels_, patch_, pixels_, batch.picture_srgb + n * picture, s.row, s.patches);
    add_to_stream(weights_.patch.forward, s.patches, patch_.length(), {patch_.count(), stride_, 0},
                  stream + stride_);
  }
  if (!config_.pre_norm) return;
  kernels_.norm({s.stream, stride_, std::int64_t(batch.pictures) * tokens_, width_,
                 float(config_.norm_epsilon), k.pre.hat, stride_, k.pre.deviation,
                 weights_.pre_gain.data(), weights_.pre_shift.data()});
}

void TransformerPlan::embed_back(const Batch& batch, const Kept& k, const Scratch& s) const {
  if (config_.pre_norm) {
    NormBackwardCall call;
    call.dy_f32 = s.stream, call.dy_stride = stride_;
    call.rows = std::int64_t(batch.pictures) * tokens_, call.width = width_;
    call.hat = k.pre.hat, call.hat_stride = stride_;
    call.inverse_deviation = k.pre.deviation;
    call.gain = weights_.pre_gain.data();
    call.accumulate = false;
    call.dx_element = s.narrow, call.dx_element_stride = stride_;
    kernels_.norm_backward(call);
  }
  for (int n = 0; n < batch.pictures; ++n) {
    const std::byte* rows = at(s.narrow, (std::int64_t(n) * tokens_ + 1) * stride_);
    Product call =
        product(weights_.patch.backward, rows, width_, patch_.count(), nullptr, patch_.length());
    call.finish = Finish::store_f32;
    call.out = s.patches_f32;
    kernels_.multiply(call);
    spread_patches(patch_, pixels_, s.patches_f32,
                   batch.d_picture + std::int64_t(n) * 3 * patch_.side_px * patch_.side_px);
  }
}

void TransformerPlan::pool(const Batch& batch, const Kept& k, const Scratch& s) const {
  const int n_count = batch.pictures, patches = patch_.count();
  const std::byte* hat = k.post.hat;
  if (class_only_) {
    norm(s.stream, std::int64_t(tokens_) * stride_, n_count, k.post);
  } else {
    if (!config_.norm_after_pool) norm(s.stream, stride_, std::int64_t(n_count) * tokens_, k.post);
    std::memset(s.pooled, 0, std::size_t(n_count) * std::size_t(stride_) * sizeof(float));
    for (int n = 0; n < n_count; ++n) {
      float* mean = s.pooled + std::int64_t(n) * stride_;
      for (int t = 1; t < tokens_; ++t) {
        const std::int64_t row = (std::int64_t(n) * tokens_ + t) * stride_;
        const float* token = s.stream + row;
        if (!config_.norm_after_pool) {
          kernels_.widen(at(k.post.hat, row), width_, s.row);
          token = s.row;
        }
        for (int c = 0; c < width_; ++c) mean[c] += token[c] / float(patches);
      }
      kernels_.narrow(mean, stride_, at(s.joined, std::int64_t(n) * stride_));
    }
    hat = s.joined;
    if (config_.norm_after_pool) {
      norm(s.pooled, stride_, n_count, k.post);
      hat = k.post.hat;
    }
  }
  Product project = product(weights_.projection.forward, hat, width_, n_count, nullptr, embedding_);
  project.finish = Finish::store_f32;
  project.out = batch.features, project.out_stride = embedding_, project.out_columns = 0;
  kernels_.multiply(project);
}

/// d_features -> the stream's gradient, in f32 and as elements.
void TransformerPlan::pool_back(const Batch& batch, const Kept& k, const Scratch& s) const {
  const int n_count = batch.pictures, stride = row_stride(embedding_), patches = patch_.count();
  const std::int64_t rows = std::int64_t(n_count) * tokens_;
  std::memset(s.narrow, 0, std::size_t(n_count * stride) * kernels_.element_bytes());
  for (int n = 0; n < n_count; ++n)
    kernels_.narrow(batch.d_features + std::int64_t(n) * embedding_, embedding_,
                    at(s.narrow, std::int64_t(n) * stride));
  Product project =
      product(weights_.projection.backward, s.narrow, embedding_, n_count, nullptr, width_);
  project.finish = Finish::store_f32;
  project.out = s.pooled;
  kernels_.multiply(project);

  std::memset(s.stream, 0, std::size_t(rows * stride_) * sizeof(float));
  std::memset(s.narrow, 0, std::size_t(rows * stride_) * kernels_.element_bytes());
  NormBackwardCall call;
  call.dy_f32 = s.pooled, call.dy_stride = stride_;
  call.rows = n_count, call.width = width_;
  call.hat = k.post.hat, call.hat_stride = stride_;
  call.inverse_deviation = k.post.deviation;
  call.accumulate = false;
  call.dx = s.stream, call.dx_stride = std::int64_t(tokens_) * stride_;
  call.dx_element = s.narrow, call.dx_element_stride = stride_;
  if (class_only_) return kernels_.norm_backward(call);

  if (config_.norm_after_pool) {
    call.dx = s.pooled, call.dx_stride = stride_, call.dx_element = nullptr;
    kernels_.norm_backward(call);
  }
  for (std::int64_t i = 0; i < std::int64_t(n_count) * stride_; ++i) s.pooled[i] /= float(patches);
  for (int n = 0; n < n_count; ++n) {
    const std::int64_t first = (std::int64_t(n) * tokens_ + 1) * stride_;
    const float* share = s.pooled + std::int64_t(n) * stride_;
    if (config_.norm_after_pool) {
      for (int t = 0; t < patches; ++t) {
        std::copy_n(share, width_, s.stream + first + std::int64_t(t) * stride_);
        kernels_.narrow(share, width_, at(s.narrow, first + std::int64_t(t) * stride_));
      }
      continue;
    }
    call.dy_f32 = share, call.dy_stride = 0;  // every patch has the same
    call.rows = patches;
    call.hat = at(k.post.hat, first);
    call.inverse_deviation = k.post.deviation + std::int64_t(n) * tokens_ + 1;
    call.dx = s.stream + first, call.dx_stride = stride_;
    call.dx_element = at(s.narrow, first);
    kernels_.norm_backward(call);
  }
}

}  // namespace clipguide::clip::frozen
