#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/kernels/kernels.h"

namespace clipguide::canvas {

inline constexpr int kCoarsestCells = 6;  ///< a side of the stem's grid
inline constexpr int kCellPixels = 4;     ///< a side, that the last layer draws at once
inline constexpr int kFormPlanes = 4;     ///< red, green, blue, opacity

/// What a generator of forms consists of, trainable while it is trained.
///   stem    [6 * 6 * channels, code length], a dense layer to the coarsest grid
///   levels  of doubling size: a convolution after nearest upsampling, and one with a shortcut
///   out     to 4 x 4 pixels a cell of red, green, blue and opacity
struct FormWeights {
  struct Layer {
    at::Tensor weight, bias;
  };
  struct Level {
    Layer enter, stay;
  };
  Layer stem, out;
  std::vector<Level> levels;

  /// By the names they have in a file: `stem.weight`, `levels.0.enter.bias`, ...
  std::map<std::string, at::Tensor> named() const;
};

struct FormShape {
  int code_length = 128;
  std::vector<int> channels = {256, 160, 80};  ///< of the stem's grid and of each level
};

/// Random weights to train, He's scale.
FormWeights random_form_weights(const FormShape& shape, std::uint64_t seed);

/// code [M, C] -> [M, 4, S, S]: straight colour and opacity in [0, 1].
at::Tensor draw_forms(const FormWeights& weights, const at::Tensor& code);

/// The same [M, 4, S, S] with its colour times its opacity: what can be averaged over places.
at::Tensor premultiplied(const at::Tensor& drawn);

class FrozenForms;

/// Draws single things, each from a short code: a convolutional generator that learned a whole
/// catalogue of forms together with a code for each (Bojanowski et al. 2018, Generative Latent
/// Optimization). Nearby codes draw nearby forms.
class FormGenerator {
 public:
  ///   kernels  what codes on the CPU are drawn with; null: libtorch's operators, exactly
  ///   throws   FormatError naming the tensor that is missing or does not fit, IoError
  FormGenerator(const std::filesystem::path& path, torch::Device device,
                const kernels::Kernels* kernels = nullptr);

  /// code [M, C] -> [M, 4, S, S], as draw_forms.
  at::Tensor operator()(const at::Tensor& code) const;

  const at::Tensor& codes() const { return codes_; }  ///< [K, C] of the catalogue
  /// What the model that the file belongs to sees in each: [K, D] of unit length, or undefined.
  const at::Tensor& features() const { return features_; }
  int code_length() const { return int(codes_.size(1)); }
  int side_px() const { return side_px_; }

 private:
  FormWeights weights_;
  std::shared_ptr<const FrozenForms> frozen_;  // none: by operators
  at::Tensor codes_, features_;
  int side_px_ = 0;
};

}  // namespace clipguide::canvas
