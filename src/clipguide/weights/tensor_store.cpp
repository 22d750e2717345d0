#include "clipguide/weights/tensor_store.h"

#include <utility>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/weights/printable.h"
#include "clipguide/weights/safetensors.h"
#include "clipguide/weights/torch_archive.h"
#include "clipguide/weights/torch_legacy.h"

namespace clipguide::weights {
namespace {

struct DTypeFacts {
  std::string_view name;
  std::size_t size;
};

// In the order of the enumeration; names as the safetensors format spells them.
constexpr DTypeFacts kDTypes[] = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
                                  {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U8", 1},   {"BOOL", 1}};

}  // namespace

std::size_t size_of(DType dtype) { return kDTypes[std::size_t(dtype)].size; }

std::string_view name_of(DType dtype) { return kDTypes[std::size_t(dtype)].name; }

TensorStore parse_weights(std::span<const std::byte> file, const std::string& source) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  // First the brace: a safetensors header's length may happen to look like another signature.
  if (text.size() > 8 && text[8] == '{') return parse_safetensors(file, source);
  if (text.starts_with("PK")) return parse_torch_archive(file, source);
  if (text.size() > 1 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5)
    return parse_torch_legacy(file, source);
  const std::string problem =
      fmt::format("{}: expected safetensors or a PyTorch file, got {} bytes that begin with \"{}\"",
                  source, file.size(), printable(text.substr(0, 16)));
  if (text.starts_with("version https://git-lfs"))
    throw base::FormatError(problem, "this is a Git LFS pointer; download the file itself");
  throw base::FormatError(problem);
}

TensorStore open_weights(const std::filesystem::path& path) {
  auto file = std::make_shared<const base::MappedFile>(path);
  TensorStore store = parse_weights(file->bytes(), path.string());
  store.owner =
      std::make_shared<std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(
          std::move(file), std::move(store.owner));
  return store;
}

}  // namespace clipguide::weights
