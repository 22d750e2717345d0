#include "clipguide/weights/pickle_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <unordered_map>

#include "clipguide/base/error.h"
#include "clipguide/weights/printable.h"

// Source of the opcodes: the documentation in CPython's Lib/pickletools.py.
namespace clipguide::weights {
namespace {

using base::FormatError;
using base::throw_error;
using Kind = PickleValue::Kind;

constexpr std::size_t kMaxBytes = std::size_t(16) << 20;  // the largest CLIP's takes under 1 MiB
constexpr std::size_t kMaxValues = 1'000'000;             // about 20 a tensor

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& source, const PickleFilter& allowed)
      : all_(reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), kMaxBytes)),
        cut_(bytes.size() > kMaxBytes),
        source_(source),
        allowed_(allowed) {}

  PickleDocument run() {
    while (!stopped_) {
      const unsigned char code = number<unsigned char>();
      if (!read_scalar(code) && !read_text(code) && !read_container(code) && !read_object(code) &&
          !read_memo(code))
        fail("an opcode of torch.save", fmt::format("0x{:02x}", code));
    }
    document_.size_bytes = at_;
    return std::move(document_);
  }

 private:
  [[noreturn]] void fail(std::string_view expected, std::string_view got) const {
    throw_error<FormatError>("{}: pickle byte {}: expected {}, got {}", source_, at_, expected,
                             got);
  }

  // --- input

  std::string_view take(std::uint64_t size) {
    if (size > all_.size() - at_) {
      if (cut_)
        throw_error<base::LimitError>("{}: expected a pickle of at most {} bytes, got more",
                                      source_, kMaxBytes);
      fail(fmt::format("{} bytes more", size), fmt::format("{}", all_.size() - at_));
    }
    const std::string_view taken = all_.substr(at_, size);
    at_ += size;
    return taken;
  }

  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string_view line() {
    const std::size_t end = all_.find('\n', at_);
    if (end == all_.npos) fail("a line's end", "none");
    const std::string_view text = take(end - at_);
    take(1);
    return text;
  }

  // --- stack

  void push(PickleId id) { stack_.push_back(id); }

  PickleId pop() {
    if (stack_.size() <= floor()) fail("a value on the stack", "none");
    const PickleId id = stack_.back();
    stack_.pop_back();
    return id;
  }

  PickleValue& top() {
    if (stack_.size() <= floor()) fail("a value on the stack", "none");
    return document_.values[stack_.back()];
  }

  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  std::vector<PickleId> pop_to_mark() {
    if (marks_.empty()) fail("a mark on the stack", "none");
    const auto begin = stack_.begin() + std::ptrdiff_t(marks_.back());
    std::vector<PickleId> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  PickleId add(PickleValue value) {
    if (document_.values.size() == kMaxValues)
      throw_error<base::LimitError>("{}: expected a pickle of at most {} values, got more", source_,
                                    kMaxValues);
    document_.values.push_back(std::move(value));
    return PickleId(document_.values.size() - 1);
  }

  bool push_new(PickleValue value) {
    push(add(std::move(value)));
    return true;
  }

  bool push_integer(std::int64_t value) {
    return push_new({.kind = Kind::integer, .integer = value});
  }
  bool push_items(Kind kind, std::vector<PickleId> items) {
    return push_new({.kind = kind, .items = std::move(items)});
  }
  bool push_text(Kind kind, std::string_view text) {
    return push_new({.kind = kind, .text = text});
  }

  // --- opcodes, grouped; each group says whether the opcode was its own

  bool read_scalar(unsigned char code) {
    switch (code) {
      case 'N':
        return push_new({});
      case 0x88:  // NEWTRUE, NEWFALSE
      case 0x89:
        return push_new({.kind = Kind::boolean, .integer = code == 0x88});
      case 'J':  // BININT
        return push_integer(number<std::int32_t>());
      case 'K':
        return push_integer(number<std::uint8_t>());
      case 'M':
        return push_integer(number<std::uint16_t>());
      case 0x8a:  // LONG1
        return push_long(take(number<std::uint8_t>()));
      case 0x8b:  // LONG4
        return push_long(take(size_of_text(number<std::int32_t>())));
      case 'G': {  // BINFLOAT, the one big-endian number
        return push_new(
            {.kind = Kind::real,
             .real = std::bit_cast<double>(__builtin_bswap64(number<std::uint64_t>()))});
      }
      default:
        return false;
    }
  }

  bool push_long(std::string_view digits) {
    if (digits.size() > sizeof(std::int64_t)) return push_text(Kind::large_integer, digits);
    const bool negative = !digits.empty() && (digits.back() & 0x80);
    std::int64_t value = negative ? -1 : 0;
    if (!digits.empty()) std::memcpy(&value, digits.data(), digits.size());
    return push_integer(value);
  }

  std::uint64_t size_of_text(std::int64_t size) const {
    if (size < 0) fail("a length", fmt::format("{}", size));
    return std::uint64_t(size);
  }

  bool read_text(unsigned char code) {
    switch (code) {
      case 0x8c:  // SHORT_BINUNICODE
        return push_text(Kind::text, take(number<std::uint8_t>()));
      case 'X':
        return push_text(Kind::text, take(number<std::uint32_t>()));
      case 0x8d:  // BINUNICODE8
        return push_text(Kind::text, take(number<std::uint64_t>()));
      case 'U':  // SHORT_BINSTRING, BINSTRING: Python 2 wrote its keys so
        return push_text(Kind::text, take(number<std::uint8_t>()));
      case 'T':
        return push_text(Kind::text, take(size_of_text(number<std::int32_t>())));
      case 'C':
        return push_text(Kind::bytes, take(number<std::uint8_t>()));
      case 'B':
        return push_text(Kind::bytes, take(number<std::uint32_t>()));
      case 0x8e:  // BINBYTES8
        return push_text(Kind::bytes, take(number<std::uint64_t>()));
      default:
        return false;
    }
  }

  bool read_container(unsigned char code) {
    switch (code) {
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case ')':
        return push_items(Kind::tuple, {});
      case 't':
        return push_items(Kind::tuple, pop_to_mark());
      case 0x85:  // TUPLE1, TUPLE2, TUPLE3
      case 0x86:
      case 0x87: {
        std::vector<PickleId> items(code - 0x84u);
        for (std::size_t i = items.size(); i-- > 0;) items[i] = pop();
        return push_items(Kind::tuple, std::move(items));
      }
      case ']':
        return push_items(Kind::list, {});
      case 'l':
        return push_items(Kind::list, pop_to_mark());
      case 0x8f:  // EMPTY_SET
        return push_items(Kind::set, {});
      case 0x91:  // FROZENSET
        return push_items(Kind::set, pop_to_mark());
      case 'a': {
        const PickleId item = pop();
        return append({item});
      }
      case 'e':   // APPENDS
      case 0x90:  // ADDITEMS
        return append(pop_to_mark());
      case '}':
        return push_new({.kind = Kind::dict});
      case 'd': {
        const std::vector<PickleId> items = pop_to_mark();
        return push_new({.kind = Kind::dict}) && set_items(items);
      }
      case 's': {
        const PickleId value = pop(), key = pop();
        return set_items({key, value});
      }
      case 'u':  // SETITEMS
        return set_items(pop_to_mark());
      default:
        return false;
    }
  }

  bool append(const std::vector<PickleId>& items) {
    PickleValue& list = top();
    if (list.kind != Kind::list && list.kind != Kind::set)
      fail("a list or set to add to", "another");
    list.items.insert(list.items.end(), items.begin(), items.end());
    return true;
  }

  bool set_items(const std::vector<PickleId>& items) {
    PickleValue& dict = top();
    if (dict.kind != Kind::dict && dict.kind != Kind::call)
      fail("a dict to set items in", "another");
    if (items.size() % 2 != 0) fail("keys and values in pairs", "an odd number");
    for (std::size_t i = 0; i < items.size(); i += 2)
      dict.entries.emplace_back(items[i], items[i + 1]);
    return true;
  }

  bool read_object(unsigned char code) {
    switch (code) {
      case 'c': {
        const std::string_view module = line();
        return push_global(module, line());
      }
      case 0x93: {  // STACK_GLOBAL
        const PickleValue name = document_.values[pop()], module = document_.values[pop()];
        if (name.kind != Kind::text || module.kind != Kind::text)
          fail("a global's name", "no text");
        return push_global(module.text, name.text);
      }
      case 'R':  // REDUCE
        return push_call(Kind::call, pop());
      case 0x81:  // NEWOBJ
        return push_call(Kind::object, pop());
      case 0x92:  // NEWOBJ_EX: its keyword arguments are not kept
        pop();
        return push_call(Kind::object, pop());
      case 'b': {  // BUILD
        const PickleId state = pop();
        top().state = state;
        return true;
      }
      case 'Q':  // BINPERSID
        return push_items(Kind::persistent, {pop()});
      default:
        return false;
    }
  }

  bool push_global(std::string_view module, std::string_view name) {
    if (!allowed_(module, name))
      throw_error<FormatError>(
          "{}: expected only the globals that tensors need, got '{}.{}', which is refused", source_,
          printable(module), printable(name));
    document_.names.push_back(fmt::format("{}.{}", module, name));
    return push_text(Kind::global, document_.names.back());
  }

  bool push_call(Kind kind, PickleId arguments) {
    const PickleId callable = pop();
    if (document_[callable].kind != Kind::global || document_[arguments].kind != Kind::tuple)
      fail("a global with a tuple of arguments", "another");
    return push_items(kind, {callable, arguments});
  }

  bool read_memo(unsigned char code) {
    switch (code) {
      case 0x80: {  // PROTO
        const int protocol = number<std::uint8_t>();
        if (protocol < 2 || protocol > 5) fail("protocol 2 to 5", fmt::format("{}", protocol));
        return true;
      }
      case 0x95:  // FRAME: only a hint how much to read at once
        take(sizeof(std::uint64_t));
        return true;
      case 'q':
        return memorise(number<std::uint8_t>());
      case 'r':
        return memorise(number<std::uint32_t>());
      case 0x94:  // MEMOIZE
        return memorise(std::uint32_t(memo_.size()));
      case 'h':
        return recall(number<std::uint8_t>());
      case 'j':
        return recall(number<std::uint32_t>());
      case '0':  // POP, which also takes back a mark
        if (!marks_.empty() && stack_.size() == marks_.back())
          marks_.pop_back();
        else
          pop();
        return true;
      case '1':
        pop_to_mark();
        return true;
      case '2': {  // DUP
        const PickleId id = pop();
        push(id);
        push(id);
        return true;
      }
      case '.':
        document_.root = pop();
        if (!stack_.empty() || !marks_.empty()) fail("one value at the end", "more");
        stopped_ = true;
        return true;
      default:
        return false;
    }
  }

  bool memorise(std::uint32_t index) {
    const PickleId id = pop();
    push(id);
    memo_[index] = id;
    return true;
  }

  bool recall(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail("a memo entry", fmt::format("none under {}", index));
    push(found->second);
    return true;
  }

  std::string_view all_;
  bool cut_;
  const std::string& source_;
  const PickleFilter& allowed_;
  std::size_t at_ = 0;
  bool stopped_ = false;
  PickleDocument document_;
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, PickleId> memo_;
};

}  // namespace

PickleDocument read_pickle(std::span<const std::byte> bytes, const std::string& source,
                           const PickleFilter& allowed) {
  return Machine(bytes, source, allowed).run();
}

}  // namespace clipguide::weights
