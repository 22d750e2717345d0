#pragma once

#include "clipguide/base/torch.h"

namespace clipguide::imaging {

/// The part of [.., H, W] that lies inside a margin.
inline at::Tensor without_margin(const at::Tensor& pictures, std::int64_t margin_px) {
  return pictures.narrow(-2, margin_px, pictures.size(-2) - 2 * margin_px)
      .narrow(-1, margin_px, pictures.size(-1) - 2 * margin_px);
}

}  // namespace clipguide::imaging
