#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "clipguide/weights/tensor_store.h"

namespace clipguide::weights {

/// Reads the stream that torch.save wrote before PyTorch 1.6 (and still does when asked to):
/// pickles of a magic number, a version, the machine's facts, the state dict, and the storages'
/// keys; then each storage as its element count and its bytes. The store's views point into `file`,
/// which must outlive it.
///   throws  FormatError, LimitError
TensorStore parse_torch_legacy(std::span<const std::byte> file, const std::string& source);

}  // namespace clipguide::weights
