#include "clipguide/weights/tensor_layout.h"

namespace clipguide::weights {

std::optional<std::int64_t> element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape)
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) return std::nullopt;
  return count;
}

std::optional<std::size_t> byte_count(DType dtype, std::span<const std::int64_t> shape) {
  const auto count = element_count(shape);
  std::int64_t bytes = 0;
  if (!count || __builtin_mul_overflow(*count, std::int64_t(size_of(dtype)), &bytes))
    return std::nullopt;
  return std::size_t(bytes);
}

std::optional<std::int64_t> element_extent(std::span<const std::int64_t> shape,
                                           std::span<const std::int64_t> strides) {
  if (shape.size() != strides.size()) return std::nullopt;
  std::int64_t last = 0;
  bool empty = false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    std::int64_t reach = 0;
    if (strides[i] < 0 || shape[i] < 0) return std::nullopt;
    if (shape[i] == 0) {
      empty = true;
      continue;
    }
    if (__builtin_mul_overflow(shape[i] - 1, strides[i], &reach) ||
        __builtin_add_overflow(last, reach, &last))
      return std::nullopt;
  }
  std::int64_t extent = 0;
  if (__builtin_add_overflow(last, 1, &extent)) return std::nullopt;
  return empty ? 0 : extent;
}

bool is_contiguous(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides) {
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 0) return true;
    if (shape[i] != 1 && strides[i] != expected) return false;
    if (__builtin_mul_overflow(expected, shape[i], &expected)) return false;
  }
  return true;
}

}  // namespace clipguide::weights
