#include <cstring>

#include "clipguide/weights/safetensors.h"
#include "fuzz/check_store.h"
#include "fuzz/parse_or_refuse.h"

using namespace clipguide;

/// Any file is refused, or is one that is read back the same after writing it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::parse_or_refuse(data, size, [](std::span<const std::byte> file) {
    const weights::TensorStore store = weights::parse_safetensors(file, "fuzz");
    fuzz::check_store(store);
    std::string written;
    try {
      written = weights::format_safetensors(store.tensors, store.metadata);
    } catch (const base::Error&) {
      std::abort();
    }
    const weights::TensorStore again =
        weights::parse_safetensors(std::as_bytes(std::span(written)), "again");
    if (again.tensors.size() != store.tensors.size() || again.metadata != store.metadata)
      std::abort();
    for (const auto& [name, view] : store.tensors) {
      const weights::TensorView& twin = again.tensors.at(name);
      if (twin.dtype != view.dtype || twin.shape != view.shape ||
          !std::equal(twin.bytes.begin(), twin.bytes.end(), view.bytes.begin(), view.bytes.end()))
        std::abort();
    }
  });
}
