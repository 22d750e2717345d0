#include "benchmark/models.h"

#include <fmt/ranges.h>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/clip/towers.h"
#include "clipguide/weights/torch_tensor.h"

namespace clipguide::bench {
namespace {

namespace fs = std::filesystem;

struct Shape {
  const char* name;
  int embedding;
  const char* vision;
};
// Radford et al. 2021, tables 19 and 20.
constexpr Shape kShapes[] = {
    {"ViT-B/32", 512, R"({"image_size":224,"layers":12,"width":768,"patch_size":32})"},
    {"ViT-B/16", 512, R"({"image_size":224,"layers":12,"width":768,"patch_size":16})"},
    {"ViT-L/14", 768, R"({"image_size":224,"layers":24,"width":1024,"patch_size":14})"},
    {"RN50", 1024, R"({"image_size":224,"layers":[3,4,6,3],"width":64})"}};
// Not published, only on request: a model that makes everything outside the tower show.
constexpr Shape kSmallShape = {"RN-64px", 256,
                               R"({"image_size":64,"layers":[2,2,2,2],"width":32})"};

constexpr const char* kConfigFile = "open_clip_config.json";
constexpr const char* kWeightsFile = "open_clip_model.safetensors";
constexpr std::size_t kConfigLimitBytes = 1 << 20;

std::string config_json(const Shape& shape) {
  return fmt::format(
      R"({{"model_cfg":{{"embed_dim":{},"quick_gelu":true,"vision_cfg":{},"text_cfg":)"
      R"({{"context_length":16,"vocab_size":600,"width":64,"heads":1,"layers":1}}}}}})",
      shape.embedding, shape.vision);
}

void write_model(const fs::path& folder, const std::string& json) {
  if (fs::exists(folder / kConfigFile) &&
      base::read_file(folder / kConfigFile, kConfigLimitBytes) == json)
    return;
  const torch::NoGradGuard no_grad;
  torch::manual_seed(0);
  const clip::Towers towers(clip::parse_config(json, folder.string()), clip::Start::random);
  std::map<std::string, at::Tensor> tensors = towers.tensors();
  for (auto& [name, tensor] : tensors) {
    tensor = tensor.contiguous();
    // A residual network's blocks start as the identity, by a factor of 0: here they are to work.
    if (name.ends_with("bn3.weight")) tensor.fill_(0.5);
  }
  fs::create_directories(folder);
  base::write_file(folder / kWeightsFile, weights::format_tensors(tensors));
  base::write_file(folder / kConfigFile, json);  // last: it says that the folder is whole
}

// A multiplication and an addition for each weight and place.
double convolution(double in, double out, double kernel, double places) {
  return 2 * in * out * kernel * kernel * places;
}

Work transformer_work(const clip::ClipConfig& config) {
  const clip::VisionConfig& vision = config.vision;
  const double grid = vision.image_size_px / vision.patch_px, tokens = grid * grid + 1;
  const double width = vision.width, hidden = clip::mlp_width(vision.width, vision.mlp_ratio);
  const double linear = 2 * tokens * width * (4 * width + 2 * hidden);
  const double attention = 4 * tokens * tokens * width;  // scores and mixing
  const double ends =
      convolution(3, width, vision.patch_px, grid * grid) + 2 * width * config.embedding;
  return {(vision.layers * (linear + attention) + ends) * 1e-9,
          (vision.layers * (linear + 2 * attention) + ends) * 1e-9};
}

Work resnet_work(const clip::ClipConfig& config) {
  const clip::VisionConfig& vision = config.vision;
  const double width = vision.width, half = width / 2;
  double side = vision.image_size_px / 2.0;
  double flop = side * side * (2 * 9) * (3 * half + half * half + half * width);
  side /= 2;
  double in = width;
  for (int stage = 0; stage < 4; ++stage) {
    const double channels = width * (1 << stage), out = 4 * channels;
    for (int block = 0; block < vision.stages[std::size_t(stage)]; ++block) {
      const bool first = block == 0;
      flop += convolution(in, channels, 1, side * side) +
              convolution(channels, channels, 3, side * side);
      if (first && stage > 0) side /= 2;
      flop += convolution(channels, out, 1, side * side);
      if (first) flop += convolution(in, out, 1, side * side);
      in = out;
    }
  }
  const double tokens = side * side + 1;  // the pool: keys and values of all, one query
  flop += 2 * in * (2 * tokens * in + in + config.embedding) + 4 * tokens * in;
  return {flop * 1e-9, flop * 1e-9};
}

}  // namespace

const std::vector<std::string>& published_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Shape& shape : kShapes) all.emplace_back(shape.name);
    return all;
  }();
  return names;
}

Model random_model(const std::string& name, const fs::path& work) {
  std::vector<Shape> shapes(std::begin(kShapes), std::end(kShapes));
  shapes.push_back(kSmallShape);
  for (const Shape& shape : shapes) {
    if (shape.name != name) continue;
    std::string folder_name = name;
    for (char& sign : folder_name)
      if (sign == '/') sign = '-';
    const std::string json = config_json(shape);
    write_model(work / folder_name, json);
    return {name, work / folder_name, clip::parse_config(json, name)};
  }
  base::throw_error<base::UsageError>("model: expected a folder or one of {}, got '{}'",
                                      fmt::join(published_names(), ", "), name);
}

Model model_in(const fs::path& folder) {
  const fs::path file = folder / kConfigFile;
  return {fs::absolute(folder).lexically_normal().filename().string(), folder,
          clip::parse_config(base::read_file(file, kConfigLimitBytes), file.string())};
}

Work work_of(const clip::ClipConfig& config) {
  return config.vision.kind == clip::ImageTowerKind::vision_transformer ? transformer_work(config)
                                                                        : resnet_work(config);
}

// Transformer: about 22 widths a token and layer, and three maps of attention. Residual network:
// the output of each convolution, norm and rectifier; 25 channels of the stem's width a pixel of
// the half-size map come near RN50.
double graph_bytes(const clip::ClipConfig& config, int bytes_a_value) {
  const clip::VisionConfig& vision = config.vision;
  if (vision.kind == clip::ImageTowerKind::modified_resnet) {
    const double side = vision.image_size_px / 2.0;
    return side * side * 25 * vision.width * bytes_a_value;
  }
  const double grid = vision.image_size_px / vision.patch_px, tokens = grid * grid + 1;
  return vision.layers * (22.0 * vision.width * tokens + 3.0 * vision.heads * tokens * tokens) *
         bytes_a_value;
}

}  // namespace clipguide::bench
