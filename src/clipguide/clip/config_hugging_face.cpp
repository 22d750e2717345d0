#include <algorithm>
#include <string>

#include "clipguide/clip/config_limits.h"
#include "clipguide/clip/config_sources.h"

namespace clipguide::clip {
namespace {

// Old files say the same twice; where they differ, the *_dict form counts.
JsonSection tower_section(const JsonSection& file, const std::string& name) {
  return file.section(name).overlaid(file.section(name + "_dict"));
}

Activation activation(const JsonSection& tower) {
  const std::string name = tower.text("hidden_act", "quick_gelu");
  if (name == "quick_gelu") return Activation::quick_gelu;
  if (name == "gelu") return Activation::gelu;
  tower.refuse("hidden_act", "known: quick_gelu, gelu");
}

double mlp_ratio(const JsonSection& tower, int width, int fallback) {
  const auto hidden = tower.whole("intermediate_size", fallback, 1, kMaxWidth * 16);
  return static_cast<double>(hidden) / width;
}

VisionConfig read_vision(const JsonSection& vision) {
  VisionConfig config;
  if (vision.whole("num_channels", 3, 1, 1024) != 3) vision.refuse("num_channels", "expected 3");
  config.image_size_px = static_cast<int>(vision.side("image_size", 224, 1, kMaxImageSidePx));
  config.patch_px = static_cast<int>(vision.side("patch_size", 32, 1, kMaxImageSidePx));
  config.width = static_cast<int>(vision.whole("hidden_size", 768, 1, kMaxWidth));
  config.heads = static_cast<int>(vision.whole("num_attention_heads", 12, 1, kMaxHeads));
  config.layers = static_cast<int>(vision.whole("num_hidden_layers", 12, 1, kMaxLayers));
  config.mlp_ratio = mlp_ratio(vision, config.width, 3072);
  config.norm_epsilon = vision.number("layer_norm_eps", 1e-5, 1e-12, 0.1);
  return config;
}

TextConfig read_text(const JsonSection& text) {
  TextConfig config;
  config.context_length =
      static_cast<int>(text.whole("max_position_embeddings", 77, 2, kMaxContextLength));
  config.vocabulary = static_cast<int>(text.whole("vocab_size", 49408, 2, kMaxVocabulary));
  config.width = static_cast<int>(text.whole("hidden_size", 512, 1, kMaxWidth));
  config.heads = static_cast<int>(text.whole("num_attention_heads", 8, 1, kMaxHeads));
  config.layers = static_cast<int>(text.whole("num_hidden_layers", 12, 1, kMaxLayers));
  config.mlp_ratio = mlp_ratio(text, config.width, 2048);
  config.norm_epsilon = text.number("layer_norm_eps", 1e-5, 1e-12, 0.1);
  // The first CLIP configs said 2 by mistake; there the largest id marks the end.
  constexpr int kMistakenEndId = 2;
  const int end_id = static_cast<int>(text.whole("eos_token_id", 49407, 0, kMaxVocabulary));
  config.end_id = end_id == kMistakenEndId ? -1 : end_id;
  return config;
}

}  // namespace

ClipConfig read_hugging_face(const JsonSection& file) {
  if (file.text("model_type", "clip") != "clip") file.refuse("model_type", "known: clip");
  const JsonSection vision = tower_section(file, "vision_config");
  const JsonSection text = tower_section(file, "text_config");

  ClipConfig config;
  config.embedding = static_cast<int>(file.whole("projection_dim", 512, 1, kMaxEmbedding));
  config.activation = activation(vision);
  if (activation(text) != config.activation)
    text.refuse("hidden_act", "differs from the image tower's");
  config.vision = read_vision(vision);
  config.text = read_text(text);
  return config;
}

void apply_preprocessor_config(const std::string& json, const std::string& source,
                               ClipConfig& config) {
  const JsonSection file = JsonSection::parse(json, source);
  PreprocessConfig& preprocess = config.preprocess;
  if (file.has("image_mean")) {
    const auto mean = file.number_list("image_mean", 3, -10, 10);
    std::copy(mean.begin(), mean.end(), preprocess.mean.begin());
  }
  if (file.has("image_std")) {
    const auto std = file.number_list("image_std", 3, 1e-3, 10);
    std::copy(std.begin(), std.end(), preprocess.std.begin());
  }
  constexpr int kPillowBilinear = 2, kPillowBicubic = 3;
  const auto resample = file.whole("resample", kPillowBicubic, 0, 5);
  if (resample != kPillowBilinear && resample != kPillowBicubic) {
    file.refuse("resample", "known: 2 (bilinear), 3 (bicubic)");
  }
  preprocess.interpolation =
      resample == kPillowBilinear ? Interpolation::bilinear : Interpolation::bicubic;
  preprocess.resize = file.flag("do_center_crop", true) ? ResizeMode::shortest : ResizeMode::squash;
}

}  // namespace clipguide::clip
