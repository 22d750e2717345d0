#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clipguide/base/log.h"
#include "clipguide/base/torch.h"
#include "clipguide/clip/config.h"
#include "clipguide/clip/tokenizer.h"
#include "clipguide/clip/tower_options.h"
#include "clipguide/media/picture.h"

/// A loaded CLIP.   V pictures or views, P texts, L context length, S input side, D embedding.
namespace clipguide::clip {

/// Where an image tower's weights, as the kernels read them, are kept from run to run.
struct PackedFolder {
  std::filesystem::path folder = {};   ///< empty: nowhere
  std::int64_t smallest = 20'000'000;  ///< weights of a tower below which packing anew is as quick
};

struct LoadOptions {
  torch::Device device = torch::kCPU;
  std::filesystem::path vocabulary = {};  ///< empty: the one beside the model
  int image_size_px = 0;          ///< of the image tower's input; 0: the size it was trained at
  bool allow_non_finite = false;  ///< load weights that hold NaN or Inf
  base::LogSink log = {};
  /// Kernels of our own for the image tower, on the CPU; none: the libtorch module, in f32.
  std::optional<TowerOptions> tower = {};
  PackedFolder packed = {};
};

/// Features scaled to length 1 along their last dimension, as cosines want them; a zero stays zero.
at::Tensor unit_length(const at::Tensor& features);

class ClipModel {
 public:
  virtual ~ClipModel() = default;

  virtual const ClipConfig& config() const = 0;
  virtual const std::string& name() const = 0;

  /// picture_srgb [V, 3, S, S] in [0, 1] -> features [V, D], before normalisation. The CLIP mean
  /// and std are applied inside. Differentiable to the picture.
  virtual at::Tensor encode_image(const at::Tensor& picture_srgb) const = 0;

  /// token_ids [P, L] i64 -> features [P, D], before normalisation.
  virtual at::Tensor encode_text(const at::Tensor& token_ids) const = 0;

  virtual double logit_scale() const = 0;  ///< exp of the stored value
  virtual double logit_bias() const = 0;   ///< 0 where the model has none

  /// Read at the first call.
  ///   throws  UsageError that says where to get a vocabulary, when none was found; FormatError
  virtual const Tokenizer& tokenizer() const = 0;

  /// Texts -> features [P, D]: tokenizer and text tower.
  at::Tensor encode_texts(const std::vector<std::string>& texts, bool truncate = false) const;

  int input_side_px() const { return config().vision.image_size_px; }
};

/// Loads any of the known forms: a folder (open_clip, Hugging Face) or a file (TorchScript archive,
/// state dict, safetensors), told apart by content.
///   throws  FormatError listing every missing, extra and misshapen tensor; NumericError for
///   weights
///           that are not finite; IoError
std::shared_ptr<const ClipModel> load_clip(const std::filesystem::path& path,
                                           const LoadOptions& options = {});

/// A picture as CLIP sees it: resized by the model's rule and cropped, still in [0, 1].
///   returns  [1, 3, S, S] f32
at::Tensor preprocess(const media::Picture& picture, const ClipConfig& config);

}  // namespace clipguide::clip
