#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace clipguide::clip {

enum class Activation { gelu, quick_gelu };
enum class ImageTowerKind { vision_transformer, modified_resnet };
enum class TokenPool { class_token, average, end_token, first, last, none };
enum class ResizeMode { shortest, squash, longest };
enum class Interpolation { bicubic, bilinear };

struct VisionConfig {
  ImageTowerKind kind = ImageTowerKind::vision_transformer;
  int image_size_px = 224;
  int width = 768;
  int heads = 12;
  double mlp_ratio = 4.0;
  int layers = 12;  ///< transformer blocks
  int patch_px = 32;
  std::array<int, 4> stages = {};  ///< ModifiedResNet: blocks a stage
  TokenPool pool = TokenPool::class_token;
  bool pre_norm = true;  ///< ln_pre
  bool norm_after_pool = false;
  bool layer_scale = false;
  double layer_scale_start = 1e-4;  ///< before training
  bool fixed_positions = false;     ///< sines and cosines in rows and columns, not trained
  double norm_epsilon = 1e-5;
};

struct TextConfig {
  int context_length = 77;
  int vocabulary = 49408;
  int width = 512;
  int heads = 8;
  int layers = 12;
  double mlp_ratio = 4.0;
  TokenPool pool = TokenPool::end_token;
  int end_id = -1;  ///< of the end token; below 0: the largest id of a text
  bool causal = true;
  bool layer_scale = false;
  double layer_scale_start = 1e-4;
  double norm_epsilon = 1e-5;
};

struct PreprocessConfig {
  std::array<double, 3> mean = {0.48145466, 0.4578275, 0.40821073};
  std::array<double, 3> std = {0.26862954, 0.26130258, 0.27577711};
  Interpolation interpolation = Interpolation::bicubic;
  ResizeMode resize = ResizeMode::shortest;
  int fill_level = 0;  ///< of the margins that ResizeMode::longest leaves, 0 to 255
};

struct ClipConfig {
  int embedding = 512;
  Activation activation = Activation::gelu;
  VisionConfig vision;
  TextConfig text;
  PreprocessConfig preprocess;
};

/// Reads an open_clip `open_clip_config.json` / model config, or a Hugging Face CLIPModel
/// `config.json`, told apart by its keys.
///   throws  FormatError for a missing key, a value out of range, or a tower that is not supported
ClipConfig parse_config(const std::string& json, const std::string& source);

/// Lays the mean, std and resize rule of a Hugging Face `preprocessor_config.json` over `config`.
///   throws  FormatError
void apply_preprocessor_config(const std::string& json, const std::string& source,
                               ClipConfig& config);

/// What the keys' ranges do not say: heads divide widths, patches fit the image, the whole is of a
/// size that was meant. Allocates nothing.
///   throws  FormatError
void check_config(const ClipConfig& config, const std::string& source);

}  // namespace clipguide::clip
