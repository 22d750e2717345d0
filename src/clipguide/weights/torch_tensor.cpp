#include "clipguide/weights/torch_tensor.h"

#include <fmt/ranges.h>

#include <cstring>

#include "clipguide/base/error.h"
#include "clipguide/weights/printable.h"
#include "clipguide/weights/safetensors.h"
#include "clipguide/weights/tensor_layout.h"

namespace clipguide::weights {
namespace {

using base::throw_error;

// In the order of DType.
constexpr at::ScalarType kScalarTypes[] = {at::kDouble, at::kFloat, at::kHalf,  at::kBFloat16,
                                           at::kLong,   at::kInt,   at::kShort, at::kChar,
                                           at::kByte,   at::kBool};

at::ScalarType scalar_type(DType dtype) { return kScalarTypes[std::size_t(dtype)]; }

DType dtype_of(at::ScalarType type) {
  for (std::size_t i = 0; i < std::size(kScalarTypes); ++i)
    if (kScalarTypes[i] == type) return DType(i);
  throw_error<base::FormatError>("expected a tensor of a storable dtype, got {}",
                                 c10::toString(type));
}

}  // namespace

at::Tensor to_tensor(const TensorView& view) {
  const auto count = element_count(view.shape);
  const auto extent = view.strides.empty() ? count : element_extent(view.shape, view.strides);
  const std::size_t size = size_of(view.dtype);
  if (!count || !extent || view.bytes.size() / size < std::size_t(*extent))
    throw_error<base::ShapeError>("expected {} bytes for a tensor [{}], got {}",
                                  extent.value_or(0) * std::int64_t(size),
                                  fmt::join(view.shape, ", "), view.bytes.size());
  // Copy before anything reads it as numbers: the file need not be aligned.
  const bool boolean = view.dtype == DType::boolean;
  at::Tensor flat = at::empty({*extent}, boolean ? at::kByte : scalar_type(view.dtype));
  if (*extent > 0) std::memcpy(flat.data_ptr(), view.bytes.data(), std::size_t(*extent) * size);
  if (boolean) flat = flat.ne(0);  // a bool that is neither 0 nor 1 would be undefined behaviour
  if (view.strides.empty()) return flat.view(view.shape);
  if (*count == 0) return at::empty(view.shape, flat.options());
  return flat.as_strided(view.shape, view.strides).contiguous();
}

TensorView to_view(const at::Tensor& tensor) {
  if (!tensor.device().is_cpu() || !tensor.is_contiguous())
    throw_error<base::ShapeError>("expected a contiguous CPU tensor, got [{}] on {}{}",
                                  fmt::join(tensor.sizes(), ", "), tensor.device().str(),
                                  tensor.is_contiguous() ? "" : ", not contiguous");
  return {.dtype = dtype_of(tensor.scalar_type()),
          .shape = tensor.sizes().vec(),
          .strides = {},
          .bytes = {static_cast<const std::byte*>(tensor.data_ptr()), tensor.nbytes()}};
}

std::map<std::string, at::Tensor> to_tensors(const TensorStore& store) {
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, view] : store.tensors) tensors.emplace(name, to_tensor(view));
  return tensors;
}

std::string format_tensors(const std::map<std::string, at::Tensor>& tensors,
                           const std::map<std::string, std::string>& metadata) {
  std::map<std::string, at::Tensor> packed;  // keeps the memory that the views point into
  std::map<std::string, TensorView> views;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor& plain = packed[name] = tensor.detach().cpu().contiguous();
    views[name] = to_view(plain);
  }
  return format_safetensors(views, metadata);
}

}  // namespace clipguide::weights
