#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "clipguide/weights/tensor_store.h"

namespace clipguide::weights {

/// Strict safetensors reader: refuses duplicate names, holes, overlaps, trailing bytes, overflowing
/// shapes and unknown dtypes, each by name, before anything is allocated for them.
///   throws  FormatError, IoError
TensorStore read_safetensors(const std::filesystem::path& path);

/// The same from memory; the store's views point into `file`, which must outlive it.
TensorStore parse_safetensors(std::span<const std::byte> file, const std::string& source);

/// The bytes of a safetensors file that holds these (contiguous) tensors. The same input gives the
/// same bytes. Write them with base::write_file.
std::string format_safetensors(const std::map<std::string, TensorView>& tensors,
                               const std::map<std::string, std::string>& metadata);

}  // namespace clipguide::weights
