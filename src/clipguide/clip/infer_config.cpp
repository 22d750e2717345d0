#include <fmt/ranges.h>

#include <cmath>
#include <set>
#include <string>
#include <string_view>

#include "clipguide/base/error.h"
#include "clipguide/clip/checkpoint.h"
#include "clipguide/clip/config_limits.h"

namespace clipguide::clip {
namespace {

using base::FormatError;
using base::throw_error;

constexpr int kHeadWidth = 64;  // in all of OpenAI's models

/// Sizes of the tensors, with complaints that name them.
class Shapes {
 public:
  explicit Shapes(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  bool has(const std::string& name) const { return checkpoint_.weights.count(name) > 0; }

  int size(const std::string& name, std::size_t dimensions, std::size_t dimension,
           int limit) const {
    const auto shape = checkpoint_.weights.at(name).shape();
    if (shape.size() != dimensions) {
      throw_error<FormatError>("{}: {}: expected {} dimensions, got [{}]", checkpoint_.source, name,
                               dimensions, fmt::join(shape, ", "));
    }
    const std::int64_t size = shape[dimension];
    if (size < 1 || size > limit) {
      throw_error<FormatError>("{}: {}: expected a size from 1 to {}, got [{}]", checkpoint_.source,
                               name, limit, fmt::join(shape, ", "));
    }
    return static_cast<int>(size);
  }

  /// Different numbers that follow `prefix` in the names.
  int count(std::string_view prefix) const {
    std::set<std::string> numbers;
    for (const auto& [name, weight] : checkpoint_.weights) {
      if (!name.starts_with(prefix)) continue;
      numbers.insert(name.substr(prefix.size(), name.find('.', prefix.size()) - prefix.size()));
    }
    if (numbers.empty() || numbers.size() > kMaxLayers) {
      throw_error<FormatError>("{}: expected 1 to {} blocks {}N, got {}", checkpoint_.source,
                               kMaxLayers, prefix, numbers.size());
    }
    return static_cast<int>(numbers.size());
  }

  /// Side of the grid whose positions, one more for the whole, are the rows of a tensor.
  int grid_side(const std::string& name) const {
    const int rows = size(name, 2, 0, kMaxGridSide * kMaxGridSide + 1);
    const int side = static_cast<int>(std::lround(std::sqrt(rows - 1)));
    if (side < 1 || side * side + 1 != rows) {
      throw_error<FormatError>("{}: {}: expected 1 + n*n rows, got {}", checkpoint_.source, name,
                               rows);
    }
    return side;
  }

  void demand(std::initializer_list<const char*> names) const {
    std::vector<std::string> missing;
    for (const char* name : names) {
      if (!has(name)) missing.push_back(name);
    }
    if (missing.empty()) return;
    throw_error<FormatError>("{}: expected the weights of a CLIP, but these are missing: {}",
                             checkpoint_.source, fmt::join(missing, ", "));
  }

 private:
  const Checkpoint& checkpoint_;
};

int heads(int width) { return std::max(1, width / kHeadWidth); }

double mlp_ratio(const Shapes& shapes, const std::string& block, int width) {
  const std::string name = block + "mlp.c_fc.weight";
  if (!shapes.has(name)) return 4.0;  // the missing tensor is reported with all the others
  return static_cast<double>(shapes.size(name, 2, 0, kMaxWidth * 16)) / width;
}

VisionConfig infer_transformer(const Shapes& shapes) {
  shapes.demand({"visual.conv1.weight", "visual.positional_embedding"});
  VisionConfig vision;
  vision.width = shapes.size("visual.conv1.weight", 4, 0, kMaxWidth);
  vision.patch_px = shapes.size("visual.conv1.weight", 4, 3, kMaxImageSidePx);
  vision.image_size_px = vision.patch_px * shapes.grid_side("visual.positional_embedding");
  vision.heads = heads(vision.width);
  vision.layers = shapes.count("visual.transformer.resblocks.");
  vision.mlp_ratio = mlp_ratio(shapes, "visual.transformer.resblocks.0.", vision.width);
  vision.layer_scale = shapes.has("visual.transformer.resblocks.0.ls_1.gamma");
  vision.pre_norm = shapes.has("visual.ln_pre.weight");
  return vision;
}

VisionConfig infer_resnet(const Shapes& shapes) {
  shapes.demand({"visual.layer1.0.conv1.weight", "visual.attnpool.positional_embedding"});
  VisionConfig vision;
  vision.kind = ImageTowerKind::modified_resnet;
  vision.width = shapes.size("visual.layer1.0.conv1.weight", 4, 0, kMaxWidth);
  for (int stage = 0; stage < 4; ++stage) {
    vision.stages[stage] = shapes.count(fmt::format("visual.layer{}.", stage + 1));
  }
  vision.image_size_px = 32 * shapes.grid_side("visual.attnpool.positional_embedding");
  vision.heads = heads(vision.width * 32);
  return vision;
}

TextConfig infer_text(const Shapes& shapes) {
  TextConfig text;
  text.context_length = shapes.size("positional_embedding", 2, 0, kMaxContextLength);
  text.vocabulary = shapes.size("token_embedding.weight", 2, 0, kMaxVocabulary);
  text.width = shapes.size("ln_final.weight", 1, 0, kMaxWidth);
  text.heads = heads(text.width);
  text.layers = shapes.count("transformer.resblocks.");
  text.mlp_ratio = mlp_ratio(shapes, "transformer.resblocks.0.", text.width);
  text.layer_scale = shapes.has("transformer.resblocks.0.ls_1.gamma");
  return text;
}

}  // namespace

ClipConfig infer_config(const Checkpoint& checkpoint) {
  const Shapes shapes(checkpoint);
  shapes.demand({"visual.conv1.weight", "text_projection", "positional_embedding",
                 "token_embedding.weight", "ln_final.weight"});
  ClipConfig config;
  config.activation = Activation::quick_gelu;
  config.embedding = shapes.size("text_projection", 2, 1, kMaxEmbedding);
  config.vision =
      shapes.has("visual.layer1.0.conv1.weight") ? infer_resnet(shapes) : infer_transformer(shapes);
  config.text = infer_text(shapes);
  check_config(config, checkpoint.source);
  return config;
}

}  // namespace clipguide::clip
