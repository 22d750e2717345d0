#include "clipguide/weights/torch_archive.h"

#include <memory>
#include <optional>

#include "clipguide/base/error.h"
#include "clipguide/weights/printable.h"
#include "clipguide/weights/torch_state_dict.h"
#include "clipguide/weights/zip_archive.h"

namespace clipguide::weights {
namespace {

using base::FormatError;
using base::throw_error;

/// The one folder that everything lies in, told by the data.pkl in it; with its slash.
std::string find_root(const ZipArchive& archive, const std::string& source) {
  constexpr std::string_view kPickle = "data.pkl";
  std::optional<std::string> root;
  for (const std::string& name : archive.names()) {
    const std::size_t slash = name.find('/');
    const std::size_t begin = slash == name.npos ? 0 : slash + 1;
    if (std::string_view(name).substr(begin) != kPickle) continue;
    if (root)
      throw_error<FormatError>("{}: expected one data.pkl, got '{}' and '{}'", source,
                               printable(*root + std::string(kPickle)), printable(name));
    root = name.substr(0, begin);
  }
  if (!root)
    throw_error<FormatError>("{}: expected a PyTorch archive, got a zip without data.pkl", source);
  return *root;
}

void check_byte_order(ZipArchive& archive, const std::string& root, const std::string& source) {
  if (!archive.contains(root + "byteorder")) return;  // written since torch 2.0
  const auto bytes = archive.read(root + "byteorder");
  const std::string_view order(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (order != "little")
    throw_error<FormatError>("{}: expected byte order 'little', got '{}'", source,
                             printable(order));
}

}  // namespace

TensorStore parse_torch_archive(std::span<const std::byte> file, const std::string& source) {
  const auto archive = std::make_shared<ZipArchive>(file, source);
  const std::string root = find_root(*archive, source);
  check_byte_order(*archive, root, source);
  const PickleDocument document =
      read_pickle(archive->read(root + "data.pkl"), source, is_torch_global);

  const auto read_storage = [&](const TorchStorage& storage) {
    const auto bytes = archive->read(root + "data/" + std::string(storage.key));
    if (bytes.size() / size_of(storage.dtype) != std::size_t(storage.elements) ||
        bytes.size() % size_of(storage.dtype) != 0)
      throw_error<FormatError>("{}: storage '{}': expected {} elements of {}, got {} bytes", source,
                               printable(storage.key), storage.elements, name_of(storage.dtype),
                               bytes.size());
    return bytes;
  };
  TensorStore store;
  store.source = source;
  store.tensors = read_state_dict(document, source, unfolding_limit(file.size()), read_storage);
  store.owner = archive;  // holds what had to be inflated
  return store;
}

}  // namespace clipguide::weights
