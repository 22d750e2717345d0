#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "clipguide/weights/tensor_store.h"

/// Arithmetic on shapes and strides that come from files: nothing overflows, nothing is trusted.
namespace clipguide::weights {

/// More dimensions than libtorch can hold.
inline constexpr std::size_t kMaxRank = 64;

/// Product of the sizes, 1 for rank 0; none when a size is negative or the product overflows.
std::optional<std::int64_t> element_count(std::span<const std::int64_t> shape);

/// Bytes of the packed tensor; none as above.
std::optional<std::size_t> byte_count(DType dtype, std::span<const std::int64_t> shape);

/// Elements from a strided tensor's first to its last, both included; 0 when it is empty; none when
/// a stride is negative, the ranks differ, or the extent overflows. `shape` has an element_count.
std::optional<std::int64_t> element_extent(std::span<const std::int64_t> shape,
                                           std::span<const std::int64_t> strides);

/// Whether the strides are row-major without gaps; those of dimensions of size 1 do not matter.
bool is_contiguous(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides);

}  // namespace clipguide::weights
