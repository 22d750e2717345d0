#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clipguide::weights {

enum class DType { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

std::size_t size_of(DType dtype);       ///< bytes of one element
std::string_view name_of(DType dtype);  ///< as safetensors spells it: "F32", "BF16", ...

/// One named tensor inside a file, not copied out of it.
struct TensorView {
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  ///< in elements; empty when contiguous
  std::span<const std::byte> bytes;   ///< little-endian storage from the tensor's first element on
};

/// All tensors of one weight file, views into memory that `owner` keeps alive.
struct TensorStore {
  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata;
  std::string source;  ///< the path, for error messages
  std::shared_ptr<const void> owner;
};

/// Opens a weight file of any known form, told apart by content, not by name: safetensors, a
/// PyTorch zip archive (plain state dict or TorchScript), or the pickle stream that PyTorch wrote
/// before 1.6. Nothing in the file is ever executed.
///   throws  FormatError, LimitError, IoError
TensorStore open_weights(const std::filesystem::path& path);

/// The same from memory; the store's views may point into `file`, which must outlive it.
TensorStore parse_weights(std::span<const std::byte> file, const std::string& source);

}  // namespace clipguide::weights
