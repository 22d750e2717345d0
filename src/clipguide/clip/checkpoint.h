#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "clipguide/base/torch.h"
#include "clipguide/clip/config.h"
#include "clipguide/weights/tensor_store.h"

/// A CLIP's stored weights under one naming, OpenAI's, whatever naming the file uses.
namespace clipguide::clip {

/// One weight as it will be used, not read yet.
struct StoredWeight {
  std::vector<weights::TensorView> parts;  ///< one below the other, e.g. Q, K and V
  bool transposed = false;                 ///< a matrix stored the other way round

  std::vector<std::int64_t> shape() const;  ///< empty for parts that do not fit together
  at::Tensor read() const;                  ///< f32 on the CPU, owned and contiguous
  /// The same without a copy where the file has it so; `owner` keeps the file's memory alive.
  at::Tensor read_in_place(const std::shared_ptr<const void>& owner) const;
};

struct Checkpoint {
  std::map<std::string, StoredWeight> weights;  ///< `visual.*`, `transformer.*`, `ln_final.*`, ...
  std::string source;                           ///< the path, for error messages
  std::shared_ptr<const void> owner;            ///< of the memory under the views
};

/// Renames: DataParallel's `module.` and custom text towers' `text.` prefixes fall, Hugging Face
/// names become OpenAI's with Q, K, V joined and projections transposed, and buffers that hold no
/// weights (masks, position ids, resolution, counters) are left out. Unknown names stay as they
/// are.
Checkpoint read_checkpoint(weights::TensorStore store);

/// The model that these shapes can only belong to, OpenAI's conventions where shapes cannot tell:
/// 64 channels a head, quick GELU, causal text pooled at the largest id.
///   throws  FormatError naming the tensors that it lacks
ClipConfig infer_config(const Checkpoint& checkpoint);

}  // namespace clipguide::clip
