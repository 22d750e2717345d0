#pragma once

#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include "clipguide/base/torch.h"

namespace clipguide::clip {

/// bf16 for what gains from it, while it lives.
class Autocast {
 public:
  Autocast(bool on, torch::Device device) : on_(on), cuda_(device.is_cuda()) {
    if (on_) set(true);
  }
  ~Autocast() {
    if (!on_) return;
    at::autocast::clear_cache();
    set(false);
  }

 private:
  void set(bool enabled) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    const auto type = cuda_ ? at::kCUDA : at::kCPU;
    at::autocast::set_autocast_dtype(type, at::kBFloat16);
    at::autocast::set_autocast_enabled(type, enabled);
#else
    if (cuda_) {
      at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
      at::autocast::set_enabled(enabled);
    } else {
      at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
      at::autocast::set_cpu_enabled(enabled);
    }
#endif
  }
  bool on_, cuda_;
};

}  // namespace clipguide::clip
