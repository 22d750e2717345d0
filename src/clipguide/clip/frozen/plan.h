#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "clipguide/base/torch.h"
#include "clipguide/clip/config.h"
#include "clipguide/kernels/kernels.h"
#include "clipguide/kernels/rows.h"

/// An image tower as a fixed sequence of kernel calls.   n pictures, S side, D embedding.
namespace clipguide::clip::frozen {

using namespace kernels;

/// The pictures that one thread carries through the whole tower. What is `kept` on the way forward
/// is needed on the way back; `scratch` is not needed between the two.
struct Batch {
  int pictures = 0;
  const float* picture_srgb = nullptr;  ///< [n, 3, S, S]
  float* features = nullptr;            ///< [n, D], written by forward
  const float* d_features = nullptr;    ///< [n, D], read by backward
  float* d_picture = nullptr;           ///< [n, 3, S, S], written by backward
  std::byte* kept = nullptr;
  std::byte* scratch = nullptr;
};

/// Immutable: any number of threads may use it. Every picture's result is its own: it depends
/// neither on the others of the batch nor on their number.
class Plan {
 public:
  virtual ~Plan() = default;
  virtual int side_px() const = 0;
  virtual int embedding() const = 0;
  virtual int pictures_at_once() const = 0;  ///< that suit the caches
  virtual std::size_t kept_bytes(int pictures) const = 0;
  virtual std::size_t scratch_bytes(int pictures) const = 0;
  virtual void forward(const Batch& batch) const = 0;
  virtual void backward(const Batch& batch) const = 0;
};

class WeightPacker;

/// What a plan is compiled from.
struct PlanSource {
  VisionConfig config;
  int embedding = 0;
  Activation activation = Activation::gelu;
  std::array<double, 3> mean = {}, std = {};  ///< of the pixels
  std::map<std::string, at::Tensor> weights;  ///< by the image tower's own keys; f32, CPU. None
                                              ///< where the packer has them already
  std::shared_ptr<WeightPacker> packer;       ///< what makes the plan's weights of them
};

/// The inner loops of both directions. Forward has f32 rows too.
struct PlanKernels {
  const Kernels* f32 = nullptr;  ///< for what is small and wants to be exact
  const Kernels* forward = nullptr;
  const Kernels* backward = nullptr;
};

/// Source's weights may be freed afterwards.
std::unique_ptr<Plan> make_resnet_plan(const PlanSource& source, const PlanKernels& kernels);
std::unique_ptr<Plan> make_transformer_plan(const PlanSource& source, const Kernels& kernels);

/// (pixel - mean) * scale, channel by channel.
struct PixelScale {
  PixelScale(const std::array<double, 3>& mean, const std::array<double, 3>& std) {
    for (std::size_t c = 0; c < 3; ++c)
      this->mean[c] = float(mean[c]), scale[c] = float(1 / std[c]);
  }
  std::array<float, 3> mean, scale;
};

}  // namespace clipguide::clip::frozen
