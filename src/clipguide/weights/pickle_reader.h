#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Python pickles as inert data. Nothing is imported, called or built: a call stays a record of
/// what would have been called with what, for the reader of the record to understand or to ignore.
namespace clipguide::weights {

using PickleId = std::uint32_t;  ///< index into PickleDocument::values

struct PickleValue {
  enum class Kind {
    none,
    boolean,
    integer,
    large_integer,  ///< beyond 64 bits: `text` holds it, little-endian two's complement
    real,
    text,
    bytes,
    tuple,
    list,
    set,
    dict,
    global,      ///< `text` is "module.name"
    call,        ///< items = {callable, arguments}; entries may be set in it
    object,      ///< items = {class, arguments}: made without calling its constructor
    persistent,  ///< items = {identifier}: something stored outside the pickle
  };
  using Entries = std::vector<std::pair<PickleId, PickleId>>;

  Kind kind = Kind::none;
  std::int64_t integer = 0;  ///< of integer and boolean
  double real = 0;
  std::string_view text{};          ///< into the pickle or the document
  std::vector<PickleId> items{};    ///< of tuple, list, set, and see above
  Entries entries{};                ///< of dict, in order; doubled keys are kept
  std::optional<PickleId> state{};  ///< what __setstate__ would have been given
};

/// Values refer to one another by index, so they may form cycles: bound the depth when following.
struct PickleDocument {
  std::vector<PickleValue> values;
  PickleId root = 0;
  std::size_t size_bytes = 0;     ///< how much of the input the pickle took
  std::deque<std::string> names;  ///< memory behind the globals' names

  const PickleValue& operator[](PickleId id) const { return values[id]; }
};

/// Whether a pickle may mention this global; asked before anything is recorded.
using PickleFilter = std::function<bool(std::string_view module, std::string_view name)>;

/// Reads the pickle at the start of `bytes`, protocol 2 to 5, which must outlive the document.
///   throws  FormatError, for a global that the filter refuses by its name; LimitError beyond
///           16 MiB or a million values
PickleDocument read_pickle(std::span<const std::byte> bytes, const std::string& source,
                           const PickleFilter& allowed);

}  // namespace clipguide::weights
