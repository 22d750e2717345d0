#pragma once

#include <cstdlib>

#include "clipguide/weights/tensor_layout.h"
#include "clipguide/weights/tensor_store.h"

namespace clipguide::fuzz {

/// What every reader promises of every tensor: its bytes can all be read, and they are as many as
/// its shape and strides reach. Aborts when not.
inline void check_store(const weights::TensorStore& store) {
  for (const auto& [name, view] : store.tensors) {
    const auto extent = view.strides.empty() ? weights::element_count(view.shape)
                                             : weights::element_extent(view.shape, view.strides);
    if (!extent || view.bytes.size() != std::size_t(*extent) * size_of(view.dtype)) std::abort();
    unsigned sum = 0;
    for (const std::byte byte : view.bytes) sum += unsigned(byte);
    [[maybe_unused]] volatile unsigned keep = sum;
  }
}

}  // namespace clipguide::fuzz
