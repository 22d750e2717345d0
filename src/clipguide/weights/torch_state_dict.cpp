#include "clipguide/weights/torch_state_dict.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "clipguide/base/error.h"
#include "clipguide/weights/printable.h"
#include "clipguide/weights/tensor_layout.h"

namespace clipguide::weights {
namespace {

using base::FormatError;
using base::throw_error;
using Kind = PickleValue::Kind;
using Entries = PickleValue::Entries;

constexpr std::size_t kMaxDepth = 64;         // of nested modules; CLIP nests six deep
constexpr std::size_t kMaxEntries = 1 << 20;  // looked at; shared modules count each time
constexpr std::size_t kMaxName = 1024;

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kTensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kOldTensor = "torch._utils._rebuild_tensor";

// Calls that hand on their first argument.
constexpr std::array<std::string_view, 3> kParameters = {
    "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
    "torch.nn.parameter.Parameter"};

// How TorchScript writes attributes that are no tensors; never looked into.
constexpr std::array<std::string_view, 6> kIgnored = {"torch.Size",
                                                      "torch.jit._pickle.build_intlist",
                                                      "torch.jit._pickle.build_doublelist",
                                                      "torch.jit._pickle.build_boollist",
                                                      "torch.jit._pickle.build_tensorlist",
                                                      "torch.jit._pickle.restore_type_tag"};

struct StorageType {
  std::string_view global;
  DType dtype;
};
constexpr std::array<StorageType, 10> kStorageTypes = {{{"torch.DoubleStorage", DType::f64},
                                                        {"torch.FloatStorage", DType::f32},
                                                        {"torch.HalfStorage", DType::f16},
                                                        {"torch.BFloat16Storage", DType::bf16},
                                                        {"torch.LongStorage", DType::i64},
                                                        {"torch.IntStorage", DType::i32},
                                                        {"torch.ShortStorage", DType::i16},
                                                        {"torch.CharStorage", DType::i8},
                                                        {"torch.ByteStorage", DType::u8},
                                                        {"torch.BoolStorage", DType::boolean}}};

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_script_class(std::string_view global) {
  return global == "__torch__" || global.starts_with("__torch__.");
}

/// The global that a call or an object was made with.
std::string_view callee(const PickleDocument& document, const PickleValue& value) {
  return document[value.items[0]].text;
}

const std::vector<PickleId>& arguments(const PickleDocument& document, const PickleValue& value) {
  return document[value.items[1]].items;
}

TorchStorage read_storage_id(const PickleDocument& document, const PickleValue& value,
                             const std::string& source) {
  const auto& parts = document[value.items[0]].items;
  const auto is = [&](std::size_t i, Kind kind) {
    return i < parts.size() && document[parts[i]].kind == kind;
  };
  // The sixth part, of old streams only, would make the storage a window into another.
  if (document[value.items[0]].kind != Kind::tuple || !is(0, Kind::text) ||
      document[parts[0]].text != "storage" || !is(1, Kind::global) || !is(2, Kind::text) ||
      !is(4, Kind::integer) || parts.size() > 6 || (parts.size() == 6 && !is(5, Kind::none)))
    throw_error<FormatError>(
        "{}: expected a storage ('storage', type, key, device, elements), got another reference",
        source);
  const std::string_view global = document[parts[1]].text, key = document[parts[2]].text;
  const auto type = std::find_if(kStorageTypes.begin(), kStorageTypes.end(),
                                 [&](const StorageType& t) { return t.global == global; });
  const std::int64_t elements = document[parts[4]].integer;
  if (type == kStorageTypes.end())
    throw_error<FormatError>("{}: storage '{}': expected a storage type, got {}", source,
                             printable(key), printable(global));
  if (!byte_count(type->dtype, {&elements, 1}))
    throw_error<FormatError>("{}: storage '{}': expected a number of elements, got {}", source,
                             printable(key), elements);
  return {key, type->dtype, elements};
}

class StateDictReader {
 public:
  StateDictReader(const PickleDocument& document, const std::string& source,
                  std::size_t limit_bytes, const StorageReader& read_storage)
      : document_(document),
        source_(source),
        limit_bytes_(limit_bytes),
        read_storage_(read_storage) {}

  std::map<std::string, TensorView> read() {
    PickleId root = document_.root;
    if (!is_mapping(root))
      throw_error<FormatError>("{}: expected a state dict or a module, got another object",
                               source_);
    // A checkpoint keeps the weights in one entry and the optimiser's state in others.
    for (const auto& [key, value] : entries_of(root)) {
      const PickleValue& name = document_[key];
      if (name.kind != Kind::text || !is_mapping(value)) continue;
      if (name.text == "state_dict" || name.text == "model_state_dict") root = value;
    }
    visit(root, "", 0);
    drop_common_prefixes();
    return std::move(tensors_);
  }

 private:
  bool is_mapping(PickleId id) const {
    const PickleValue& value = document_[id];
    if (value.kind == Kind::call) return callee(document_, value) == kOrderedDict;
    if (value.kind != Kind::object) return value.kind == Kind::dict;
    return is_script_class(callee(document_, value)) && value.state &&
           document_[*value.state].kind == Kind::dict;
  }

  Entries entries_of(PickleId id) const {
    const PickleValue& value = document_[id];
    if (value.kind == Kind::object) return document_[*value.state].entries;
    if (value.kind == Kind::dict) return value.entries;
    // Python 2 gave the constructor a list of [key, value]. Every item is such a pair, so that the
    // count of entries bounds the time spent on a list that is mentioned over and over.
    Entries entries;
    const auto& given = arguments(document_, value);
    if (given.size() > 1) refuse_ordered_dict();
    for (const PickleId list : given)
      for (const PickleId pair : document_[list].items) {
        const auto& items = document_[pair].items;
        if (items.size() != 2) refuse_ordered_dict();
        entries.emplace_back(items[0], items[1]);
      }
    entries.insert(entries.end(), value.entries.begin(), value.entries.end());
    return entries;
  }

  [[noreturn]] void refuse_ordered_dict() const {
    throw_error<FormatError>("{}: expected an OrderedDict of (key, value) pairs, got another",
                             source_);
  }

  void visit(PickleId mapping, const std::string& prefix, std::size_t depth) {
    if (depth == kMaxDepth)
      throw_error<base::LimitError>("{}: expected modules at most {} deep, got more under '{}'",
                                    source_, kMaxDepth, printable(prefix));
    for (auto [key, value] : entries_of(mapping)) {
      if (++entries_seen_ > kMaxEntries)
        throw_error<base::LimitError>("{}: expected at most {} entries, got more", source_,
                                      kMaxEntries);
      if (document_[key].kind != Kind::text) continue;
      const std::string name = prefix + std::string(document_[key].text);
      if (name.size() > kMaxName)
        throw_error<base::LimitError>("{}: expected names of at most {} bytes, got '{}'", source_,
                                      kMaxName, printable(name));
      value = unwrap_parameter(value);
      if (is_tensor(value))
        add(name, read_tensor(name, document_[value]));
      else if (is_mapping(value))
        visit(value, name + ".", depth + 1);
    }
  }

  PickleId unwrap_parameter(PickleId id) const {
    for (std::size_t i = 0; i < kMaxDepth; ++i) {
      const PickleValue& value = document_[id];
      if (value.kind != Kind::call || !contains(kParameters, callee(document_, value)) ||
          arguments(document_, value).empty())
        break;
      id = arguments(document_, value)[0];
    }
    return id;
  }

  bool is_tensor(PickleId id) const {
    const PickleValue& value = document_[id];
    if (value.kind != Kind::call) return false;
    const std::string_view global = callee(document_, value);
    return global == kTensor || global == kOldTensor;
  }

  void add(const std::string& name, TensorView view) {
    if (!tensors_.emplace(name, std::move(view)).second)
      throw_error<FormatError>("{}: expected each name once, got '{}' twice", source_,
                               printable(name));
  }

  std::vector<std::int64_t> read_integers(const std::string& name, PickleId id) const {
    const PickleValue* list = &document_[id];
    if (list->kind == Kind::call && callee(document_, *list) == "torch.Size" &&
        arguments(document_, *list).size() == 1)
      list = &document_[arguments(document_, *list)[0]];
    if (list->kind != Kind::tuple && list->kind != Kind::list)
      refuse(name, "a tuple as size and as strides", "another object");
    if (list->items.size() > kMaxRank)
      refuse(name, "at most 64 dimensions", fmt::format("{}", list->items.size()));
    std::vector<std::int64_t> integers;
    for (const PickleId item : list->items) {
      if (document_[item].kind != Kind::integer)
        refuse(name, "64-bit integers as size and as strides", "another object");
      integers.push_back(document_[item].integer);
    }
    return integers;
  }

  /// _rebuild_tensor_v2(storage, offset, size, strides, requires_grad, hooks[, metadata]), all in
  /// elements; _rebuild_tensor has the first four.
  TensorView read_tensor(const std::string& name, const PickleValue& call) {
    const auto& parts = arguments(document_, call);
    if (parts.size() < 4 || document_[parts[0]].kind != Kind::persistent ||
        document_[parts[1]].kind != Kind::integer)
      refuse(name, "(storage, offset, size, strides, ..)", "other arguments");
    if (parts.size() > 6 && document_[parts[6]].kind != Kind::none &&
        !document_[parts[6]].entries.empty())
      refuse(name, "a plain tensor", "one marked conjugate or negative");
    const TorchStorage storage = read_storage_id(document_, document_[parts[0]], source_);
    const std::int64_t offset = document_[parts[1]].integer;
    TensorView view{.dtype = storage.dtype,
                    .shape = read_integers(name, parts[2]),
                    .strides = read_integers(name, parts[3]),
                    .bytes = {}};

    // Check what it spans against the storage before touching either.
    const auto bytes = byte_count(view.dtype, view.shape);
    const auto extent = bytes ? element_extent(view.shape, view.strides) : std::nullopt;
    if (!extent || offset < 0 || offset > storage.elements || *extent > storage.elements - offset)
      refuse(name, fmt::format("a view into {} elements", storage.elements),
             fmt::format("size [{}], strides [{}], offset {}", fmt::join(view.shape, ", "),
                         fmt::join(view.strides, ", "), offset));
    if (*bytes > limit_bytes_)
      throw_error<base::LimitError>("{}: tensor '{}': expected at most {} bytes more, got {}",
                                    source_, printable(name), limit_bytes_, *bytes);
    limit_bytes_ -= *bytes;

    const std::size_t size = size_of(view.dtype);
    if (*extent > 0)
      view.bytes =
          read_storage_(storage).subspan(std::size_t(offset) * size, std::size_t(*extent) * size);
    if (is_contiguous(view.shape, view.strides)) view.strides.clear();
    return view;
  }

  [[noreturn]] void refuse(const std::string& name, std::string_view expected,
                           std::string_view got) const {
    throw_error<FormatError>("{}: tensor '{}': expected {}, got {}", source_, printable(name),
                             expected, got);
  }

  void drop_common_prefixes() {
    for (const std::string_view prefix : {"module.", "_orig_mod."}) {
      const bool common =
          !tensors_.empty() &&
          std::all_of(tensors_.begin(), tensors_.end(), [&](const auto& tensor) {
            return tensor.first.size() > prefix.size() && tensor.first.starts_with(prefix);
          });
      if (!common) continue;
      std::map<std::string, TensorView> shortened;
      for (auto& [name, view] : tensors_)
        shortened.emplace(name.substr(prefix.size()), std::move(view));
      tensors_ = std::move(shortened);
    }
  }

  const PickleDocument& document_;
  const std::string& source_;
  std::size_t limit_bytes_;
  const StorageReader& read_storage_;
  std::size_t entries_seen_ = 0;
  std::map<std::string, TensorView> tensors_;
};

}  // namespace

bool is_torch_global(std::string_view module, std::string_view name) {
  const std::string global = fmt::format("{}.{}", module, name);
  return is_script_class(module) || global == kOrderedDict || global == kTensor ||
         global == kOldTensor || contains(kParameters, global) || contains(kIgnored, global) ||
         std::any_of(kStorageTypes.begin(), kStorageTypes.end(),
                     [&](const StorageType& type) { return type.global == global; });
}

std::map<std::string, TorchStorage> list_storages(const PickleDocument& document,
                                                  const std::string& source) {
  std::map<std::string, TorchStorage> storages;
  for (const PickleValue& value : document.values) {
    if (value.kind != Kind::persistent) continue;
    const TorchStorage storage = read_storage_id(document, value, source);
    const auto [known, fresh] = storages.emplace(storage.key, storage);
    if (!fresh &&
        (known->second.dtype != storage.dtype || known->second.elements != storage.elements))
      throw_error<FormatError>("{}: storage '{}': expected one type and size, got two", source,
                               printable(storage.key));
  }
  return storages;
}

std::map<std::string, TensorView> read_state_dict(const PickleDocument& document,
                                                  const std::string& source,
                                                  std::size_t limit_bytes,
                                                  const StorageReader& read_storage) {
  return StateDictReader(document, source, limit_bytes, read_storage).read();
}

}  // namespace clipguide::weights
