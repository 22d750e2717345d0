#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "clipguide/weights/pickle_reader.h"
#include "clipguide/weights/tensor_store.h"

/// What PyTorch's pickles mean: which globals they may mention, and how their records of calls
/// become named tensors.
namespace clipguide::weights {

/// The globals that tensors need, and the classes of TorchScript modules (`__torch__.*`), which
/// stay mere names. Everything else is refused.
bool is_torch_global(std::string_view module, std::string_view name);

/// The memory that tensors are views of: persistent id ('storage', type, key, device, elements).
struct TorchStorage {
  std::string_view key;
  DType dtype = DType::f32;
  std::int64_t elements = 0;
};

/// All storages that a pickle mentions, by key.
///   throws  FormatError when one key is given two types or sizes
std::map<std::string, TorchStorage> list_storages(const PickleDocument& document,
                                                  const std::string& source);

/// The bytes of a storage, exactly elements x size_of(dtype); throws when they are not there.
using StorageReader = std::function<std::span<const std::byte>(const TorchStorage&)>;

/// The tensors of a state dict, of a checkpoint that holds one under `state_dict` or
/// `model_state_dict`, or of a TorchScript module tree, named as state_dict() names them. Prefixes
/// `module.` (DataParallel) and `_orig_mod.` (torch.compile) common to all names are dropped.
/// Entries that are no tensors are left out.
///   limit_bytes  on the sum of all tensors' sizes; shared and expanded storages count each time
///   throws       FormatError, LimitError
std::map<std::string, TensorView> read_state_dict(const PickleDocument& document,
                                                  const std::string& source,
                                                  std::size_t limit_bytes,
                                                  const StorageReader& read_storage);

}  // namespace clipguide::weights
