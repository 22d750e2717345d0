#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "clipguide/weights/tensor_store.h"

namespace clipguide::weights {

/// Reads a PyTorch zip archive, a state dict or TorchScript: `<root>/data.pkl` names tensors over
/// the storages `<root>/data/<key>`. Code and constants in it are not looked at.
/// The store's views point into `file`, which must outlive it.
///   throws  FormatError, LimitError
///   cost    no tensor is copied unless the archive deflates it
TensorStore parse_torch_archive(std::span<const std::byte> file, const std::string& source);

}  // namespace clipguide::weights
