#pragma once

#include <cstdint>

namespace clipguide::kernels {

/// The least multiple of `of` that is not below `count`.
constexpr std::int64_t whole(std::int64_t count, std::int64_t of) {
  return (count + of - 1) / of * of;
}

/// Elements from row to row: whole lines and whole panels of every kernel set.
constexpr int row_stride(int channels) { return int(whole(channels, 32)); }

}  // namespace clipguide::kernels
