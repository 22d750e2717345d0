#pragma once

#include <cstdint>
#include <span>

#include "clipguide/base/random.h"

/// The numbers of random tensors, for kernels that draw them as they go. Knows no torch.
namespace clipguide::imaging {

/// Numbers that share a child stream. Part of their definition: never change it.
inline constexpr std::int64_t kNoiseBlock = 32768;

/// Numbers `first`, `first + 1` .. of normal_tensor or uniform_tensor of this stream, flattened.
void normal_values(const base::RandomStream& stream, std::int64_t first, std::span<float> values);
void uniform_values(const base::RandomStream& stream, std::int64_t first, std::span<float> values);

}  // namespace clipguide::imaging
