#include "clipguide/weights/pickle_reader.h"
#include "clipguide/weights/torch_legacy.h"
#include "clipguide/weights/torch_state_dict.h"
#include "fuzz/check_store.h"
#include "fuzz/parse_or_refuse.h"

using namespace clipguide;

/// The pickle alone, over storages of zeros that are all there, and as PyTorch's old stream.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::parse_or_refuse(data, size, [](std::span<const std::byte> file) {
    fuzz::check_store(weights::parse_torch_legacy(file, "fuzz"));
  });
  return fuzz::parse_or_refuse(data, size, [](std::span<const std::byte> file) {
    static const std::vector<std::byte> kZeros(1 << 16);
    const auto document = weights::read_pickle(file, "fuzz", weights::is_torch_global);
    weights::list_storages(document, "fuzz");
    weights::TensorStore store;
    store.tensors = weights::read_state_dict(
        document, "fuzz", 1 << 24, [](const weights::TorchStorage& storage) {
          const auto bytes = std::uint64_t(storage.elements) * size_of(storage.dtype);
          if (bytes > kZeros.size()) base::throw_error<base::LimitError>("too large for this test");
          return std::span<const std::byte>(kZeros).first(bytes);
        });
    fuzz::check_store(store);
  });
}
