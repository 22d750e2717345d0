#include "clipguide/clip/config.h"

#include "clipguide/base/error.h"
#include "clipguide/clip/config_limits.h"
#include "clipguide/clip/config_sources.h"
#include "clipguide/clip/json_section.h"
#include "clipguide/clip/transformer.h"

namespace clipguide::clip {
namespace {

using base::FormatError;
using base::throw_error;

void require(bool holds, const std::string& source, const std::string& expected,
             const std::string& got) {
  if (!holds) throw_error<FormatError>("{}: expected {}, got {}", source, expected, got);
}

// Doubles hold these counts well beyond the limit, and cannot overflow on the way to it.
double transformer_weights(double width, double mlp, double layers) {
  return layers * (4 * width * width + 2 * width * mlp + 13 * width);
}

double resnet_weights(const VisionConfig& vision) {
  double count = 0;
  for (int stage = 0; stage < 4; ++stage) {
    const double channels = static_cast<double>(vision.width) * (1 << stage);
    count += vision.stages[stage] * 17 * channels * channels + 12 * channels * channels;
  }
  const double last = 32.0 * vision.width, side = vision.image_size_px / 32;
  return count + 4 * last * last + side * side * last;
}

double weight_count(const ClipConfig& config) {
  const VisionConfig& vision = config.vision;
  const TextConfig& text = config.text;
  double count = static_cast<double>(text.vocabulary) * text.width +
                 transformer_weights(text.width, text.width * text.mlp_ratio, text.layers);
  if (vision.kind == ImageTowerKind::modified_resnet) return count + resnet_weights(vision);
  const double side = vision.image_size_px / vision.patch_px;
  return count + (3.0 * vision.patch_px * vision.patch_px + side * side) * vision.width +
         transformer_weights(vision.width, vision.width * vision.mlp_ratio, vision.layers);
}

void check_heads(int width, int heads, const char* tower, const std::string& source) {
  require(heads >= 1 && width % heads == 0, source,
          fmt::format("attention heads that divide the {} width {}", tower, width),
          fmt::format("{}", heads));
}

void check_vision(const VisionConfig& vision, const std::string& source) {
  if (vision.kind == ImageTowerKind::modified_resnet) {
    check_heads(vision.width * 32, vision.heads, "ResNet's last", source);
    require(vision.width % 2 == 0, source, "an even ResNet width", fmt::format("{}", vision.width));
    require(vision.image_size_px >= 32 && vision.image_size_px % 32 == 0, source,
            "a ResNet image size that is a multiple of 32",
            fmt::format("{} px", vision.image_size_px));
    return;
  }
  check_heads(vision.width, vision.heads, "vision", source);
  require(vision.patch_px <= vision.image_size_px, source,
          fmt::format("a patch of at most the image's {} px", vision.image_size_px),
          fmt::format("{} px", vision.patch_px));
  const int side = vision.image_size_px / vision.patch_px;
  require(side <= kMaxGridSide, source, fmt::format("at most {} patches a side", kMaxGridSide),
          fmt::format("{}", side));
  require(mlp_width(vision.width, vision.mlp_ratio) >= 1, source,
          "a vision mlp_ratio that leaves a channel", fmt::format("{}", vision.mlp_ratio));
  require(!vision.fixed_positions || vision.width % 4 == 0, source,
          "a width that sin_cos_2d positions can quarter", fmt::format("{}", vision.width));
}

}  // namespace

ClipConfig parse_config(const std::string& json, const std::string& source) {
  const JsonSection file = JsonSection::parse(json, source);
  const bool open_clip = file.has("model_cfg") || file.has("vision_cfg") || file.has("text_cfg");
  const bool hugging_face =
      file.has("model_type") || file.has("vision_config") || file.has("vision_config_dict");
  if (!open_clip && !hugging_face) {
    throw_error<FormatError>(
        "{}: expected open_clip's model_cfg or Hugging Face's model_type, got neither", source);
  }
  const ClipConfig config = open_clip ? read_open_clip(file) : read_hugging_face(file);
  check_config(config, source);
  return config;
}

void check_config(const ClipConfig& config, const std::string& source) {
  check_vision(config.vision, source);
  check_heads(config.text.width, config.text.heads, "text", source);
  require(mlp_width(config.text.width, config.text.mlp_ratio) >= 1, source,
          "a text mlp_ratio that leaves a channel", fmt::format("{}", config.text.mlp_ratio));
  require(config.text.end_id < config.text.vocabulary, source,
          fmt::format("an end token below the vocabulary's {} ids", config.text.vocabulary),
          fmt::format("{}", config.text.end_id));
  const double weights = weight_count(config);
  require(weights <= static_cast<double>(kMaxWeights), source,
          fmt::format("a model of at most {:.0e} weights", static_cast<double>(kMaxWeights)),
          fmt::format("about {:.1e}", weights));
}

}  // namespace clipguide::clip
