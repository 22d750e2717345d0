#pragma once

#include "clipguide/clip/config.h"
#include "clipguide/clip/json_section.h"

/// The dialects in which CLIP models are described.
namespace clipguide::clip {

/// open_clip: {model_cfg, preprocess_cfg}, or what stands under model_cfg alone. Absent keys take
/// open_clip's own defaults.   throws  FormatError
ClipConfig read_open_clip(const JsonSection& file);

/// Hugging Face CLIPModel: {model_type: clip, text_config, vision_config, projection_dim}. Absent
/// keys take transformers' defaults.   throws  FormatError
ClipConfig read_hugging_face(const JsonSection& file);

}  // namespace clipguide::clip
