#include <cstdlib>
#include <string>

#include "clipguide/clip/config.h"
#include "fuzz/parse_or_refuse.h"

using namespace clipguide;

/// Any model config is refused, or describes towers that can be built: every division they make is
/// exact, and none is by zero.
void check_model_config(const std::string& json) {
  const clip::ClipConfig config = clip::parse_config(json, "fuzz");
  const clip::VisionConfig& vision = config.vision;
  const bool resnet = vision.kind == clip::ImageTowerKind::modified_resnet;
  const bool sound = config.text.width % config.text.heads == 0 &&
                     (vision.width * (resnet ? 32 : 1)) % vision.heads == 0 &&
                     vision.image_size_px / (resnet ? 32 : vision.patch_px) >= 1;
  if (!sound) std::abort();
}

/// Any preprocessor config is refused, or leaves numbers that pixels can be divided by.
void check_preprocessor_config(const std::string& json) {
  clip::ClipConfig config;
  clip::apply_preprocessor_config(json, "fuzz", config);
  for (const double std : config.preprocess.std) {
    if (!(std > 0)) std::abort();
  }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto check : {check_model_config, check_preprocessor_config}) {
    fuzz::parse_or_refuse(data, size, [check](std::span<const std::byte> file) {
      check({reinterpret_cast<const char*>(file.data()), file.size()});
    });
  }
  return 0;
}
