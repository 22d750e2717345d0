#pragma once

#include "clipguide/base/error.h"
#include "clipguide/base/torch.h"
#include "clipguide/clip/clip_model.h"
#include "clipguide/imaging/noise.h"

namespace clipguide::test {

/// A CLIP small enough to reason about: pictures are embedded by a fixed random two-layer network,
/// texts not at all.
class ToyClip final : public clip::ClipModel {
 public:
  explicit ToyClip(int side_px = 16, std::uint64_t seed = 1) {
    config_.vision.image_size_px = side_px;
    config_.embedding = 12;
    const std::int64_t inputs = 3 * side_px * side_px;
    first_ = imaging::normal_tensor({inputs, 24}, base::RandomStream(seed, "first")) /
             std::sqrt(double(inputs));
    second_ = imaging::normal_tensor({24, 12}, base::RandomStream(seed, "second"));
  }

  const clip::ClipConfig& config() const override { return config_; }
  const std::string& name() const override { return name_; }
  at::Tensor encode_image(const at::Tensor& picture_srgb) const override {
    ++images_embedded_at_once_;
    largest_batch_ = std::max(largest_batch_, picture_srgb.size(0));
    const at::Tensor hidden = torch::matmul((picture_srgb - 0.5).flatten(1), first_);
    const at::Tensor features = torch::matmul((5 * hidden).tanh(), second_);
    const bool poisoned = poison_after_ >= 0 && images_embedded_at_once_ > poison_after_;
    return poisoned ? features / torch::zeros_like(features) : features;
  }
  at::Tensor encode_text(const at::Tensor&) const override {
    throw base::UsageError("the toy model reads no text");
  }
  double logit_scale() const override { return 100; }
  double logit_bias() const override { return 0; }
  const clip::Tokenizer& tokenizer() const override {
    throw base::UsageError("the toy model reads no text");
  }

  void poison_after(int calls) { poison_after_ = calls; }  ///< then embeddings are not finite
  std::int64_t largest_batch() const { return largest_batch_; }

 private:
  clip::ClipConfig config_;
  std::string name_ = "toy";
  at::Tensor first_, second_;
  int poison_after_ = -1;
  mutable int images_embedded_at_once_ = 0;
  mutable std::int64_t largest_batch_ = 0;
};

}  // namespace clipguide::test
