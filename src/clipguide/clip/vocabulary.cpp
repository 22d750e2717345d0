#include "clipguide/clip/vocabulary.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "clipguide/base/terminal_text.h"
#include "clipguide/base/utf8.h"
#include "clipguide/clip/gzip.h"

namespace clipguide::clip {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLongestFile = std::size_t(64) << 20;  // bytes, unpacked
constexpr std::int64_t kMostTokens = std::int64_t(1) << 20;
constexpr std::string_view kWordEnd = "</w>";
constexpr std::size_t kMostListedMerges = 49152 - 256 - 2;  // of a longer list CLIP takes so many
constexpr std::string_view kFullListName = "bpe_simple_vocab_16e6.txt#";

/// A vocabulary as its file spells it.
struct Spelled {
  struct Merge {
    std::string left, right;
    std::size_t line;
  };
  std::string merges_name;  // for messages
  const char* merge_unit = "line";
  std::vector<Merge> merges;
  std::unordered_map<std::string, std::int64_t> ids;
  std::size_t last_line = 0;

  template <class... Args>
  [[noreturn]] void fail(std::size_t line, fmt::format_string<Args...> format,
                         Args&&... args) const {
    base::throw_error<base::FormatError>("{}: {} {}: {}", merges_name, merge_unit, line,
                                         fmt::format(format, std::forward<Args>(args)...));
  }
};

/// The visible character each byte is spelled as: itself if printable in Latin-1, else one from
/// U+0100 on. `order` is the order in which a merge list's tokens begin.   Source: GPT-2
struct ByteSpelling {
  std::vector<std::uint8_t> order;
  std::array<std::string, 256> spelling;
  std::unordered_map<char32_t, char> byte;
};

const ByteSpelling& byte_spelling() {
  static const ByteSpelling made = [] {
    ByteSpelling s;
    const auto visible = [](int b) {
      return (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
    };
    for (int b = 0; b < 256; ++b)
      if (visible(b)) s.order.push_back(std::uint8_t(b));
    for (int b = 0; b < 256; ++b)
      if (!visible(b)) s.order.push_back(std::uint8_t(b));
    char32_t next = 0x100;
    for (const std::uint8_t b : s.order) {
      const char32_t c = visible(b) ? b : next++;
      base::append_utf8(s.spelling[b], c);
      s.byte.emplace(c, char(b));
    }
    return s;
  }();
  return made;
}

std::string shown(std::string_view token) {
  constexpr std::size_t kShown = 60;
  return base::terminal_text(token.substr(0, kShown));
}

/// Special tokens, and those added for one purpose, are made by no merge: <|pad|>, <my-style>.
bool is_special(std::string_view token) {
  return token.starts_with('<') && token.ends_with('>') && !token.ends_with(kWordEnd);
}

std::optional<Vocabulary::Token> read_token(std::string_view spelled) {
  Vocabulary::Token token;
  token.ends_word = spelled.ends_with(kWordEnd);
  if (token.ends_word) spelled.remove_suffix(kWordEnd.size());
  for (const char32_t c : base::from_utf8(spelled)) {
    const auto found = byte_spelling().byte.find(c);
    if (found == byte_spelling().byte.end()) return {};
    token.bytes += found->second;
  }
  return token;
}

// ---- one vocabulary from what its files spell ----

class Resolver {
 public:
  explicit Resolver(const Spelled& spelled) : spelled_(spelled) {}

  Vocabulary resolve() {
    take_special_tokens();
    take_bytes();
    for (const Spelled::Merge& merge : spelled_.merges) take_merge(merge);
    require_every_token_made();
    return std::move(vocabulary_);
  }

 private:
  std::int64_t require_id(const std::string& token) const {
    const auto found = spelled_.ids.find(token);
    if (found == spelled_.ids.end())
      base::throw_error<base::FormatError>(
          "{}: expected CLIP's byte-level vocabulary, found no token '{}' in it",
          spelled_.merges_name, shown(token));
    return found->second;
  }

  void take_special_tokens() {
    for (const auto& [token, id] : spelled_.ids) {
      if (id < 0 || id >= kMostTokens)
        base::throw_error<base::FormatError>("{}: token '{}': expected an id in 0 .. {}, got {}",
                                             spelled_.merges_name, shown(token), kMostTokens - 1,
                                             id);
      const auto needed = std::size_t(id) + 1;
      if (vocabulary_.tokens.size() < needed) vocabulary_.tokens.resize(needed);
      std::string& bytes = vocabulary_.tokens[std::size_t(id)].bytes;
      if (!bytes.empty())
        base::throw_error<base::FormatError>("{}: expected an id for each token, got {} for two",
                                             spelled_.merges_name, id);
      bytes = token;
    }
    vocabulary_.start_id = require_id(kStartToken);
    vocabulary_.end_id = require_id(kEndToken);
  }

  void take_bytes() {
    for (std::size_t b = 0; b < 256; ++b) {
      const std::string& spelling = byte_spelling().spelling[b];
      vocabulary_.byte_ids[b] = make(spelling);
      vocabulary_.last_byte_ids[b] = make(spelling + std::string(kWordEnd));
    }
  }

  void take_merge(const Spelled::Merge& merge) {
    for (const std::string* part : {&merge.left, &merge.right})
      if (!made_.contains(*part))
        spelled_.fail(merge.line, "expected parts that are made before, got '{}'", shown(*part));
    const std::string joined = merge.left + merge.right;
    if (!spelled_.ids.contains(joined))
      spelled_.fail(merge.line, "expected a token of the vocabulary, got '{}'", shown(joined));
    if (made_.contains(joined))
      spelled_.fail(merge.line, "expected a new token, got '{}' again", shown(joined));
    vocabulary_.merges.push_back({require_id(merge.left), require_id(merge.right), make(joined)});
  }

  /// Notes that a token can be made, and its bytes.
  std::int64_t make(const std::string& token) {
    const std::int64_t id = require_id(token);
    std::optional<Vocabulary::Token> read = read_token(token);
    if (!read)
      base::throw_error<base::FormatError>("{}: expected characters that spell bytes, got '{}'",
                                           spelled_.merges_name, shown(token));
    vocabulary_.tokens[std::size_t(id)] = std::move(*read);
    made_.insert(token);
    return id;
  }

  void require_every_token_made() const {
    for (const auto& [token, id] : spelled_.ids)
      if (!made_.contains(token) && !is_special(token))
        spelled_.fail(spelled_.last_line,
                      "the merges end here: expected one that makes '{}' (id {}), found none",
                      shown(token), id);
  }

  const Spelled& spelled_;
  Vocabulary vocabulary_;
  std::unordered_set<std::string> made_;
};

// ---- merges a line ----

std::vector<std::string_view> split_blanks(std::string_view line) {
  std::vector<std::string_view> parts;
  constexpr std::string_view kBlank = " \t\r";
  for (std::size_t at = line.find_first_not_of(kBlank); at != line.npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlank, at), line.size());
    parts.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlank, end);
  }
  return parts;
}

bool is_header(std::string_view line) { return line.find("#version") != line.npos; }

void read_merge_lines(std::string_view text, Spelled& spelled) {
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  std::size_t line_number = 0;
  for (std::size_t begin = 0; begin < text.size() && spelled.merges.size() < kMostListedMerges;) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    ++line_number;
    const std::vector<std::string_view> parts = split_blanks(line);
    if (line_number == 1 && is_header(line)) continue;
    if (parts.size() != 2 || base::valid_utf8_prefix(line) != line.size())
      spelled.fail(line_number, "expected a merge of two tokens, got '{}'", shown(line));
    spelled.merges.push_back({std::string(parts[0]), std::string(parts[1]), line_number});
  }
  spelled.last_line = line_number;
}

/// A merge list alone: the bytes, the bytes that end a word, the merges, start and end.
Spelled read_merge_list(const std::string& text, const std::string& name) {
  Spelled spelled;
  spelled.merges_name = name;
  read_merge_lines(text, spelled);
  const bool is_full_list = text.substr(0, text.find('\n')).find(kFullListName) != text.npos;
  if (is_full_list && spelled.merges.size() < kMostListedMerges)
    spelled.fail(spelled.last_line, "the file ends here: expected {} merges, got {}",
                 kMostListedMerges, spelled.merges.size());
  std::int64_t next = 0;
  for (const std::string_view suffix : {std::string_view(), kWordEnd})
    for (const std::uint8_t b : byte_spelling().order)
      spelled.ids.emplace(byte_spelling().spelling[b] + std::string(suffix), next++);
  for (const Spelled::Merge& merge : spelled.merges)
    if (!spelled.ids.emplace(merge.left + merge.right, next++).second)
      spelled.fail(merge.line, "expected a new token, got '{}' again",
                   shown(merge.left + merge.right));
  spelled.ids.emplace(kStartToken, next++);
  spelled.ids.emplace(kEndToken, next++);
  return spelled;
}

// ---- Hugging Face ----

json parse_json(const std::string& text, const std::string& name) {
  try {
    return json::parse(text);
  } catch (const json::parse_error& error) {
    const std::string_view read = std::string_view(text).substr(0, error.byte);
    throw base::FormatError(fmt::format("{}: line {}: expected JSON, got a syntax error at byte {}",
                                        name, std::count(read.begin(), read.end(), '\n') + 1,
                                        error.byte));
  }
}

void take_ids(const json& table, Spelled& spelled, const std::string& name) {
  if (!table.is_object())
    base::throw_error<base::FormatError>("{}: expected a table of tokens, got {}", name,
                                         table.type_name());
  for (const auto& [token, id] : table.items()) {
    if (!id.is_number_integer())
      base::throw_error<base::FormatError>("{}: token '{}': expected an id, got {}", name,
                                           shown(token), id.type_name());
    spelled.ids.emplace(token, id.get<std::int64_t>());
  }
}

Spelled read_vocab_and_merges(const json& vocab, const fs::path& path) {
  const fs::path merges = path.parent_path() / "merges.txt";
  Spelled spelled;
  spelled.merges_name = merges.string();
  take_ids(vocab, spelled, path.string());
  read_merge_lines(base::read_file(merges, kLongestFile), spelled);
  return spelled;
}

Spelled::Merge read_json_merge(const json& merge, const Spelled& spelled, std::size_t number) {
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
    return {merge[0].get<std::string>(), merge[1].get<std::string>(), number};
  if (merge.is_string()) {
    const std::vector<std::string_view> parts = split_blanks(merge.get_ref<const std::string&>());
    if (parts.size() == 2) return {std::string(parts[0]), std::string(parts[1]), number};
  }
  spelled.fail(number, "expected two tokens, got {}",
               shown(merge.dump(-1, ' ', false, json::error_handler_t::replace)));
}

Spelled read_tokenizer_json(const json& file, const std::string& name) {
  const json& model = file.at("model");
  const auto text_of = [&](const char* key) {
    return model.contains(key) && model[key].is_string() ? model[key].get<std::string>() : "";
  };
  if (!model.is_object() || (model.contains("type") && text_of("type") != "BPE") ||
      text_of("end_of_word_suffix") != kWordEnd)
    base::throw_error<base::FormatError>(
        "{}: expected a model of type BPE with end_of_word_suffix </w>, got type '{}', suffix '{}'",
        name, model.is_object() ? shown(text_of("type")) : model.type_name(),
        model.is_object() ? shown(text_of("end_of_word_suffix")) : "");
  if (!model.contains("vocab") || !model.contains("merges") || !model["merges"].is_array())
    base::throw_error<base::FormatError>("{}: expected a model with vocab and merges", name);
  Spelled spelled;
  spelled.merges_name = name;
  spelled.merge_unit = "merge";
  take_ids(model["vocab"], spelled, name);
  for (const json& merge : model["merges"]) {
    spelled.merges.push_back(read_json_merge(merge, spelled, spelled.last_line + 1));
    ++spelled.last_line;
  }
  if (file.contains("added_tokens") && file["added_tokens"].is_array())
    for (const json& added : file["added_tokens"])
      if (added.is_object() && added.contains("content") && added["content"].is_string() &&
          added.contains("id") && added["id"].is_number_integer())
        spelled.ids.emplace(added["content"].get<std::string>(), added["id"].get<std::int64_t>());
  return spelled;
}

Spelled read_spelled(const fs::path& path) {
  const std::string name = path.string();
  std::string content = base::read_file(path, kLongestFile);
  if (is_gzip(content)) content = unpack_gzip(content, kLongestFile, name);
  const std::size_t first = content.find_first_not_of(" \t\r\n");
  if (first == content.npos)
    base::throw_error<base::FormatError>("{}: expected a vocabulary, got an empty file", name);
  if (content[first] != '{') return read_merge_list(content, name);
  const json file = parse_json(content, name);
  if (file.contains("model")) return read_tokenizer_json(file, name);
  return read_vocab_and_merges(file, path);
}

}  // namespace

Vocabulary read_vocabulary(const fs::path& path) { return Resolver(read_spelled(path)).resolve(); }

}  // namespace clipguide::clip
