#pragma once

#include <map>
#include <memory>
#include <string>

#include "clipguide/base/torch.h"
#include "clipguide/clip/config.h"
#include "clipguide/clip/image_tower.h"
#include "clipguide/clip/text_transformer.h"

namespace clipguide::clip {

/// Both towers and what relates them.
struct Towers {
  explicit Towers(const ClipConfig& config, Start start = Start::random);

  /// Every parameter and buffer by its key in an OpenAI or open_clip checkpoint; the tensors are
  /// the modules' own. Without BatchNorm's counters, which no forward pass reads.
  std::map<std::string, at::Tensor> tensors() const;

  std::shared_ptr<ImageTower> image;
  TextTransformer text = nullptr;
  at::Tensor logit_scale;  ///< [], natural logarithm of the factor on cosines
  at::Tensor logit_bias;   ///< [], or undefined
};

}  // namespace clipguide::clip
