#include "clipguide/weights/torch_legacy.h"

#include <cstring>
#include <map>

#include "clipguide/base/error.h"
#include "clipguide/weights/printable.h"
#include "clipguide/weights/torch_state_dict.h"
#include "clipguide/weights/zip_archive.h"

namespace clipguide::weights {
namespace {

using base::FormatError;
using base::throw_error;
using Kind = PickleValue::Kind;

// 0x1950a86a20f9469cfc6c, as a pickle stores it: little-endian.
constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
constexpr std::int64_t kProtocol = 1001;

/// Takes pickles and storages off the front of the file, one after another.
class Stream {
 public:
  Stream(std::span<const std::byte> rest, const std::string& source)
      : rest_(rest), source_(source) {}

  PickleDocument pickle() {
    PickleDocument document = read_pickle(rest_, source_, is_torch_global);
    rest_ = rest_.subspan(document.size_bytes);
    return document;
  }

  std::span<const std::byte> storage(const TorchStorage& storage) {
    std::int64_t elements = 0;
    // The product was checked when the storage was read from its pickle.
    const std::size_t bytes = std::size_t(storage.elements) * size_of(storage.dtype);
    const std::size_t head = sizeof elements;
    if (rest_.size() >= head) std::memcpy(&elements, rest_.data(), head);
    if (rest_.size() < head || elements != storage.elements || bytes > rest_.size() - head)
      throw_error<FormatError>("{}: storage '{}': expected {} elements of {}, got {} in {} bytes",
                               source_, printable(storage.key), storage.elements,
                               name_of(storage.dtype), elements, rest_.size());
    const auto taken = rest_.subspan(head, bytes);
    rest_ = rest_.subspan(head + bytes);
    return taken;
  }

  std::size_t left() const { return rest_.size(); }

 private:
  std::span<const std::byte> rest_;
  const std::string& source_;
};

void check_preamble(Stream& stream, const std::string& source) {
  const PickleDocument magic = stream.pickle();
  if (magic[magic.root].kind != Kind::large_integer || magic[magic.root].text != kMagic)
    throw_error<FormatError>(
        "{}: expected the magic number of a PyTorch stream, got another pickle", source);
  const PickleDocument protocol = stream.pickle();
  if (protocol[protocol.root].kind != Kind::integer || protocol[protocol.root].integer != kProtocol)
    throw_error<FormatError>("{}: expected PyTorch stream protocol {}, got {}", source, kProtocol,
                             protocol[protocol.root].integer);
  const PickleDocument machine = stream.pickle();
  for (const auto& [key, value] : machine[machine.root].entries)
    if (machine[key].text == "little_endian" && machine[value].integer == 0)
      throw_error<FormatError>("{}: expected little-endian weights, got big-endian ones", source);
}

}  // namespace

TensorStore parse_torch_legacy(std::span<const std::byte> file, const std::string& source) {
  Stream stream(file, source);
  check_preamble(stream, source);
  const PickleDocument document = stream.pickle();
  const PickleDocument keys = stream.pickle();
  const std::map<std::string, TorchStorage> storages = list_storages(document, source);

  std::map<std::string_view, std::span<const std::byte>> contents;
  for (const PickleId id : keys[keys.root].items) {
    const std::string key(keys[id].text);
    const auto known = storages.find(key);
    if (known == storages.end() || contents.contains(known->first))
      throw_error<FormatError>("{}: expected the keys of the storages once each, got '{}'", source,
                               printable(key));
    contents[known->first] = stream.storage(known->second);
  }
  if (stream.left() != 0)
    throw_error<FormatError>("{}: expected the end behind the last storage, got {} bytes more",
                             source, stream.left());

  const auto read_storage = [&](const TorchStorage& storage) {
    const auto found = contents.find(storage.key);
    if (found == contents.end())
      throw_error<FormatError>("{}: expected a storage '{}', got none", source,
                               printable(storage.key));
    return found->second;
  };
  TensorStore store;
  store.source = source;
  store.tensors = read_state_dict(document, source, unfolding_limit(file.size()), read_storage);
  return store;
}

}  // namespace clipguide::weights
