#include "clipguide/weights/safetensors.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/weights/printable.h"
#include "clipguide/weights/tensor_layout.h"

namespace clipguide::weights {
namespace {

using base::FormatError;
using base::throw_error;

static_assert(std::endian::native == std::endian::little, "weight files are little-endian");

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit
constexpr std::string_view kMetadata = "__metadata__";

struct TensorEntry {
  std::optional<DType> dtype;
  std::optional<std::vector<std::int64_t>> shape;
  std::optional<std::vector<std::int64_t>> offsets;  // begin and end in bytes
};

struct Header {
  std::map<std::string, TensorEntry> tensors;
  std::map<std::string, std::string> metadata;
};

std::optional<DType> dtype_named(std::string_view name) {
  for (int i = 0; i <= int(DType::boolean); ++i)
    if (name_of(DType(i)) == name) return DType(i);
  return std::nullopt;
}

/// Reads the header event by event. It knows the only four places a token may stand in, so nesting,
/// surplus fields and duplicates are refused where they appear, with nothing built for them.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  HeaderReader(Header& header, const std::string& source) : header_(header), source_(source) {}

  bool start_object(std::size_t) override {
    if (place_ == Place::outside)
      place_ = Place::file;
    else if (place_ == Place::file)
      place_ = name_ == kMetadata ? Place::metadata : Place::tensor;
    else
      refuse("an object");
    return true;
  }

  bool end_object() override {
    place_ = place_ == Place::file ? Place::outside : Place::file;
    return true;
  }

  bool key(string_t& key) override {
    if (place_ == Place::file) return start_entry(key);
    if (place_ == Place::metadata && header_.metadata.contains(key)) refuse_duplicate(key);
    if (place_ == Place::tensor && key != "dtype" && key != "shape" && key != "data_offsets")
      throw_error<FormatError>(
          "{}: tensor '{}': expected dtype, shape and data_offsets, got field '{}'", source_,
          printable(name_), printable(key));
    field_ = key;
    return true;
  }

  bool string(string_t& text) override {
    if (place_ == Place::metadata) {
      header_.metadata.emplace(field_, text);
      return true;
    }
    if (place_ != Place::tensor || field_ != "dtype") refuse("a string");
    if (entry_->dtype) refuse_duplicate(field_);
    entry_->dtype = dtype_named(text);
    if (!entry_->dtype)
      throw_error<FormatError>(
          "{}: tensor '{}': expected a dtype among F64 F32 F16 BF16 I64 I32 "
          "I16 I8 U8 BOOL, got '{}'",
          source_, printable(name_), printable(text));
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::tensor || field_ == "dtype") refuse("an array");
    auto& list = field_ == "shape" ? entry_->shape : entry_->offsets;
    if (list) refuse_duplicate(field_);
    numbers_ = &list.emplace();
    place_ = Place::numbers;
    return true;
  }

  bool end_array() override {
    place_ = Place::tensor;
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ != Place::numbers) refuse("a number");
    if (value > std::uint64_t(INT64_MAX)) refuse("a number of 2^63 or more");
    if (numbers_->size() == kMaxRank)
      throw_error<base::LimitError>("{}: tensor '{}': expected at most {} dimensions, got more",
                                    source_, printable(name_), kMaxRank);
    numbers_->push_back(std::int64_t(value));
    return true;
  }

  bool number_integer(number_integer_t) override { return refuse("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { return refuse("a fraction"); }
  bool null() override { return refuse("null"); }
  bool boolean(bool) override { return refuse("a boolean"); }
  bool binary(binary_t&) override { return refuse("binary"); }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    const std::string_view what = error.what();
    throw_error<FormatError>("{}: expected a JSON header, got an error at its byte {}: {}", source_,
                             position,
                             printable(what.substr(std::min(what.find(": "), what.size()))));
  }

 private:
  enum class Place { outside, file, metadata, tensor, numbers };

  bool start_entry(const std::string& key) {
    name_ = key;
    const bool fresh =
        key == kMetadata ? !std::exchange(metadata_seen_, true) : !header_.tensors.contains(key);
    if (!fresh)
      throw_error<FormatError>("{}: expected each name once, got '{}' twice", source_,
                               printable(key));
    if (key != kMetadata) entry_ = &header_.tensors[key];
    return true;
  }

  bool refuse(std::string_view what) {
    if (place_ == Place::outside || name_.empty())
      throw_error<FormatError>("{}: expected an object of tensors as header, got {}", source_,
                               what);
    throw_error<FormatError>("{}: entry '{}': got {} where the format has none", source_,
                             printable(name_), what);
  }

  void refuse_duplicate(const std::string& field) {
    throw_error<FormatError>("{}: entry '{}': expected each field once, got '{}' twice", source_,
                             printable(name_), printable(field));
  }

  Header& header_;
  const std::string& source_;
  Place place_ = Place::outside;
  std::string name_, field_;
  bool metadata_seen_ = false;
  TensorEntry* entry_ = nullptr;
  std::vector<std::int64_t>* numbers_ = nullptr;
};

Header read_header(std::string_view json, const std::string& source) {
  if (json.empty() || json.front() != '{')
    throw_error<FormatError>("{}: expected a header that begins with '{{', got '{}'", source,
                             printable(json.substr(0, 1)));
  // The JSON lexer takes NUL for the end and would let anything stand behind it.
  if (json.find('\0') != json.npos)
    throw_error<FormatError>("{}: expected a JSON header, got a NUL byte in it", source);
  Header header;
  HeaderReader reader(header, source);
  nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
  return header;
}

/// Checks one entry alone: complete, its size that of dtype x shape.
void check_entry(const std::string& name, const TensorEntry& entry, const std::string& source) {
  if (!entry.dtype || !entry.shape || !entry.offsets)
    throw_error<FormatError>("{}: tensor '{}': expected dtype, shape and data_offsets, got no {}",
                             source, printable(name),
                             !entry.dtype ? "dtype" : (!entry.shape ? "shape" : "data_offsets"));
  const auto& offsets = *entry.offsets;
  if (offsets.size() != 2 || offsets[0] > offsets[1])
    throw_error<FormatError>("{}: tensor '{}': expected data_offsets [begin, end], got [{}]",
                             source, printable(name), fmt::join(offsets, ", "));
  const auto bytes = byte_count(*entry.dtype, *entry.shape);
  if (!bytes)
    throw_error<FormatError>("{}: tensor '{}': expected a size below 2^63 bytes, got shape [{}]",
                             source, printable(name), fmt::join(*entry.shape, ", "));
  if (*bytes != std::size_t(offsets[1] - offsets[0]))
    throw_error<FormatError>("{}: tensor '{}': expected {} bytes for {} [{}], got {}", source,
                             printable(name), *bytes, name_of(*entry.dtype),
                             fmt::join(*entry.shape, ", "), offsets[1] - offsets[0]);
}

/// Checks all entries together: they tile the data from its first byte to its last.
void check_tiling(const Header& header, std::size_t data_bytes, const std::string& source) {
  std::vector<std::pair<const std::string*, const std::vector<std::int64_t>*>> order;
  for (const auto& [name, entry] : header.tensors) order.emplace_back(&name, &*entry.offsets);
  std::sort(order.begin(), order.end(),
            [](const auto& a, const auto& b) { return *a.second < *b.second; });
  std::int64_t end = 0;
  for (const auto& [name, offsets] : order) {
    if ((*offsets)[0] != end)
      throw_error<FormatError>("{}: tensor '{}': expected its data at byte {}, got {} ({})", source,
                               printable(*name), end, (*offsets)[0],
                               (*offsets)[0] < end ? "an overlap" : "a hole");
    end = (*offsets)[1];
  }
  if (std::size_t(end) != data_bytes)
    throw_error<FormatError>("{}: expected {} bytes of tensor data, got {}", source, end,
                             data_bytes);
}

}  // namespace

TensorStore parse_safetensors(std::span<const std::byte> file, const std::string& source) {
  std::uint64_t header_bytes = 0;
  if (file.size() < sizeof header_bytes)
    throw_error<FormatError>("{}: expected a safetensors file of 8 bytes or more, got {}", source,
                             file.size());
  std::memcpy(&header_bytes, file.data(), sizeof header_bytes);
  file = file.subspan(sizeof header_bytes);
  if (header_bytes > kMaxHeaderBytes || header_bytes > file.size())
    throw_error<FormatError>("{}: expected a header of at most {} bytes, got {}", source,
                             std::min<std::uint64_t>(kMaxHeaderBytes, file.size()), header_bytes);

  Header header = read_header({reinterpret_cast<const char*>(file.data()), header_bytes}, source);
  const std::span<const std::byte> data = file.subspan(header_bytes);
  for (const auto& [name, entry] : header.tensors) check_entry(name, entry, source);
  check_tiling(header, data.size(), source);

  TensorStore store;
  store.source = source;
  store.metadata = std::move(header.metadata);
  for (auto& [name, entry] : header.tensors) {
    const std::size_t begin = std::size_t((*entry.offsets)[0]);
    store.tensors[name] = {.dtype = *entry.dtype,
                           .shape = std::move(*entry.shape),
                           .strides = {},
                           .bytes = data.subspan(begin, std::size_t((*entry.offsets)[1]) - begin)};
  }
  return store;
}

TensorStore read_safetensors(const std::filesystem::path& path) {
  auto file = std::make_shared<const base::MappedFile>(path);
  TensorStore store = parse_safetensors(file->bytes(), path.string());
  store.owner = std::move(file);
  return store;
}

std::string format_safetensors(const std::map<std::string, TensorView>& tensors,
                               const std::map<std::string, std::string>& metadata) {
  // Widest elements first, then by name: every tensor lies aligned to its element size.
  std::vector<const std::pair<const std::string, TensorView>*> order;
  for (const auto& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return size_of(a->second.dtype) > size_of(b->second.dtype);
  });

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[std::string(kMetadata)] = metadata;
  std::size_t end = 0;
  for (const auto* tensor : order) {
    const auto& [name, view] = *tensor;
    if (name == kMetadata) throw_error<FormatError>("no tensor can be named '{}'", kMetadata);
    const auto bytes = byte_count(view.dtype, view.shape);
    if (!view.strides.empty() || bytes != view.bytes.size())
      throw_error<base::ShapeError>("tensor '{}': expected {} contiguous bytes for [{}], got {}{}",
                                    printable(name), bytes.value_or(0), fmt::join(view.shape, ", "),
                                    view.bytes.size(), view.strides.empty() ? "" : " strided");
    header[name] = {{"dtype", name_of(view.dtype)},
                    {"shape", view.shape},
                    {"data_offsets", {end, end + *bytes}}};
    end += *bytes;
  }

  std::string json;
  try {
    json = header.dump();
  } catch (const nlohmann::json::type_error&) {
    throw_error<FormatError>("expected names and metadata in UTF-8, got other bytes");
  }
  json.resize((json.size() + 7) / 8 * 8, ' ');
  if (json.size() > kMaxHeaderBytes)
    throw_error<base::LimitError>("expected a header of at most {} bytes, got {}", kMaxHeaderBytes,
                                  json.size());
  const std::uint64_t header_bytes = json.size();
  std::string file(reinterpret_cast<const char*>(&header_bytes), sizeof header_bytes);
  file.reserve(sizeof header_bytes + json.size() + end);
  file += json;
  for (const auto* tensor : order)
    file.append(reinterpret_cast<const char*>(tensor->second.bytes.data()),
                tensor->second.bytes.size());
  return file;
}

}  // namespace clipguide::weights
