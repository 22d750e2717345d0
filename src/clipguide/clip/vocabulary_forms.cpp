#include "clipguide/clip/vocabulary_forms.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "clipguide/base/file.h"
#include "clipguide/base/terminal_text.h"
#include "clipguide/base/utf8.h"
#include "clipguide/clip/gzip.h"
#include "clipguide/clip/vocabulary.h"

namespace clipguide::clip {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kLongestFile = std::size_t(64) << 20;  // bytes, unpacked
constexpr std::size_t kMostListedMerges = 49152 - 256 - 2;   // of a longer list CLIP takes so many
constexpr std::string_view kFullListName = "bpe_simple_vocab_16e6.txt#";

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

void read_merge_lines(std::string_view text, SpelledVocabulary& spelled) {
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
      spelled.fail(line_number, "expected a merge of two tokens, got '{}'", shown_token(line));
    spelled.merges.push_back({std::string(parts[0]), std::string(parts[1]), line_number});
  }
  spelled.last_line = line_number;
}

/// A merge list alone: the bytes, the bytes that end a word, the merges, start and end.
SpelledVocabulary read_merge_list(const std::string& text, const std::string& name) {
  SpelledVocabulary spelled;
  spelled.name = name;
  read_merge_lines(text, spelled);
  const bool is_full_list = text.substr(0, text.find('\n')).find(kFullListName) != text.npos;
  if (is_full_list && spelled.merges.size() < kMostListedMerges)
    spelled.fail(spelled.last_line, "the file ends here: expected {} merges, got {}",
                 kMostListedMerges, spelled.merges.size());
  std::int64_t next = 0;
  for (const std::string_view suffix : {std::string_view(), kWordEnd})
    for (const std::uint8_t b : byte_spelling().order)
      spelled.ids.emplace(byte_spelling().spelling[b] + std::string(suffix), next++);
  for (const SpelledVocabulary::Merge& merge : spelled.merges)
    if (!spelled.ids.emplace(merge.left + merge.right, next++).second)
      spelled.fail(merge.line, "expected a new token, got '{}' again",
                   shown_token(merge.left + merge.right));
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

void take_ids(const json& table, SpelledVocabulary& spelled, const std::string& name) {
  if (!table.is_object())
    base::throw_error<base::FormatError>("{}: expected a table of tokens, got {}", name,
                                         table.type_name());
  for (const auto& [token, id] : table.items()) {
    if (!id.is_number_integer())
      base::throw_error<base::FormatError>("{}: token '{}': expected an id, got {}", name,
                                           shown_token(token), id.type_name());
    spelled.ids.emplace(token, id.get<std::int64_t>());
  }
}

SpelledVocabulary read_vocab_and_merges(const json& vocab, const fs::path& path) {
  const fs::path merges = path.parent_path() / "merges.txt";
  SpelledVocabulary spelled;
  spelled.name = merges.string();
  take_ids(vocab, spelled, path.string());
  read_merge_lines(base::read_file(merges, kLongestFile), spelled);
  return spelled;
}

SpelledVocabulary::Merge read_json_merge(const json& merge, const SpelledVocabulary& spelled,
                                         std::size_t number) {
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
    return {merge[0].get<std::string>(), merge[1].get<std::string>(), number};
  if (merge.is_string()) {
    const std::vector<std::string_view> parts = split_blanks(merge.get_ref<const std::string&>());
    if (parts.size() == 2) return {std::string(parts[0]), std::string(parts[1]), number};
  }
  spelled.fail(number, "expected two tokens, got {}",
               shown_token(merge.dump(-1, ' ', false, json::error_handler_t::replace)));
}

void take_added_tokens(const json& file, SpelledVocabulary& spelled) {
  if (!file.contains("added_tokens")) return;
  for (const json& added : file["added_tokens"]) {
    if (!added.is_object() || !added.contains("content") || !added["content"].is_string() ||
        !added.contains("id") || !added["id"].is_number_integer())
      base::throw_error<base::FormatError>(
          "{}: added_tokens: expected content and id of each, got {}", spelled.name,
          shown_token(added.dump(-1, ' ', false, json::error_handler_t::replace)));
    const auto content = added["content"].get<std::string>();
    const auto id = added["id"].get<std::int64_t>();
    const auto known = spelled.ids.emplace(content, id).first->second;
    if (known != id)
      base::throw_error<base::FormatError>("{}: token '{}': expected one id, got {} and {}",
                                           spelled.name, shown_token(content), known, id);
  }
}

SpelledVocabulary read_tokenizer_json(const json& file, const std::string& name) {
  const json& model = file.at("model");
  const auto text_of = [&](const char* key) {
    return model.contains(key) && model[key].is_string() ? model[key].get<std::string>() : "";
  };
  if (!model.is_object() || (model.contains("type") && text_of("type") != "BPE") ||
      text_of("end_of_word_suffix") != kWordEnd)
    base::throw_error<base::FormatError>(
        "{}: expected a model of type BPE with end_of_word_suffix </w>, got type '{}', suffix '{}'",
        name, model.is_object() ? shown_token(text_of("type")) : model.type_name(),
        model.is_object() ? shown_token(text_of("end_of_word_suffix")) : "");
  if (!model.contains("vocab") || !model.contains("merges") || !model["merges"].is_array())
    base::throw_error<base::FormatError>("{}: expected a model with vocab and merges", name);
  SpelledVocabulary spelled;
  spelled.name = name;
  spelled.merge_unit = "merge";
  take_ids(model["vocab"], spelled, name);
  for (const json& merge : model["merges"]) {
    spelled.merges.push_back(read_json_merge(merge, spelled, spelled.last_line + 1));
    ++spelled.last_line;
  }
  take_added_tokens(file, spelled);
  return spelled;
}

}  // namespace

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

std::string shown_token(std::string_view token) {
  constexpr std::size_t kShown = 60;
  return base::terminal_text(token.substr(0, kShown));
}

SpelledVocabulary read_spelled_vocabulary(const fs::path& path) {
  const std::string name = path.string();
  std::string content = base::read_file(path, kLongestFile);
  if (is_gzip(content)) content = unpack_gzip(content, kLongestFile, name);
  const std::size_t first = content.find_first_not_of(" \t\r\n");
  if (first == content.npos)
    base::throw_error<base::FormatError>("{}: expected a vocabulary, got an empty file", name);
  if (content[first] != '{') return read_merge_list(content, name);
  const json file = parse_json(content, name);
  // "model" is a word too: in vocab.json it has an id.
  if (file.contains("model") && !file["model"].is_number()) return read_tokenizer_json(file, name);
  return read_vocab_and_merges(file, path);
}

}  // namespace clipguide::clip
