#include "clipguide/weights/torch_archive.h"
#include "fuzz/check_store.h"
#include "fuzz/parse_or_refuse.h"

using namespace clipguide;

/// Whole archives through the recogniser, as a user's file comes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz::parse_or_refuse(data, size, [](std::span<const std::byte> file) {
    fuzz::check_store(weights::parse_weights(file, "fuzz"));
  });
}
