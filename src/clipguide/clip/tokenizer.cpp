#include "clipguide/clip/tokenizer.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "clipguide/base/error.h"
#include "clipguide/base/terminal_text.h"
#include "clipguide/base/utf8.h"
#include "clipguide/clip/bpe.h"
#include "clipguide/clip/text_cleaning.h"
#include "clipguide/clip/unicode.h"
#include "clipguide/clip/vocabulary.h"

namespace clipguide::clip {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestText = std::size_t(1) << 20;  // bytes

constexpr std::array<std::u32string_view, 2> kSpecial = {U"<|startoftext|>", U"<|endoftext|>"};
constexpr std::array<std::u32string_view, 7> kContractions = {U"'s", U"'t",  U"'re", U"'ve",
                                                              U"'m", U"'ll", U"'d"};

void require_text(std::string_view text) {
  if (text.size() > kLongestText)
    base::throw_error<base::UsageError>("text: expected at most {} bytes, got {}", kLongestText,
                                        text.size());
  const std::size_t valid = base::valid_utf8_prefix(text);
  if (valid < text.size())
    base::throw_error<base::UsageError>("text: expected UTF-8, got byte 0x{:02x} at offset {}",
                                        static_cast<unsigned char>(text[valid]), valid);
}

/// The beginning of a text, for a message.
std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 40;
  const std::u32string all = base::from_utf8(text.substr(0, 4 * kShown));
  const std::u32string_view head = std::u32string_view(all).substr(0, kShown);
  const std::string line = base::terminal_text(base::to_utf8(head));
  return all.size() > kShown ? line + "..." : line;
}

/// Whether lower-case `text` begins with `word`; the long s counts as an s, case being ignored.
bool begins_with(std::u32string_view text, std::u32string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(),
                    [](char32_t w, char32_t c) { return c == w || (c == U'ſ' && w == U's'); });
}

/// Length of the first piece: a special token, a contraction, letters, one number, or anything else
/// up to the next of these or a space. `text` does not begin with a space.
std::size_t piece_length(std::u32string_view text) {
  for (const std::u32string_view special : kSpecial)
    if (begins_with(text, special)) return special.size();
  for (const std::u32string_view contraction : kContractions)
    if (begins_with(text, contraction)) return contraction.size();
  const auto until = [&](auto stop) {
    return std::size_t(std::find_if(text.begin(), text.end(), stop) - text.begin());
  };
  if (is_letter(text[0])) return until([](char32_t c) { return !is_letter(c); });
  if (is_number(text[0])) return 1;
  return until([](char32_t c) { return is_space(c) || is_letter(c) || is_number(c); });
}

std::vector<std::u32string_view> split_pieces(std::u32string_view text) {
  std::vector<std::u32string_view> pieces;
  for (std::size_t at = 0; at < text.size();) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    const std::size_t length = piece_length(text.substr(at));
    pieces.push_back(text.substr(at, length));
    at += length;
  }
  return pieces;
}

}  // namespace

struct Tokenizer::Data {
  explicit Data(const fs::path& path) : vocabulary(read_vocabulary(path)), encoder(vocabulary) {}

  void encode_piece(std::u32string_view piece, std::vector<std::int64_t>& ids) const {
    if (piece == kSpecial[0])
      ids.push_back(vocabulary.start_id);
    else if (piece == kSpecial[1])
      ids.push_back(vocabulary.end_id);
    else
      encoder.encode(base::to_utf8(piece), ids);
  }

  Vocabulary vocabulary;
  BytePairEncoder encoder;
};

Tokenizer::Tokenizer(const fs::path& vocabulary) {
  std::error_code ignored;
  const fs::path found =
      fs::is_directory(vocabulary, ignored) ? find_beside(vocabulary) : vocabulary;
  if (found.empty())
    base::throw_error<base::IoError>(
        "{}: expected bpe_simple_vocab_16e6.txt.gz, tokenizer.json, or vocab.json with merges.txt "
        "in this folder, found none",
        vocabulary.string());
  data_ = std::make_unique<const Data>(found);
}

Tokenizer::~Tokenizer() = default;

fs::path Tokenizer::find_beside(const fs::path& model) {
  std::error_code ignored;
  const fs::path folder = fs::is_directory(model, ignored) ? model : model.parent_path();
  const auto has = [&](const char* name) { return fs::is_regular_file(folder / name, ignored); };
  for (const char* name :
       {"bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt", "tokenizer.json"})
    if (has(name)) return folder / name;
  return has("vocab.json") && has("merges.txt") ? folder / "vocab.json" : fs::path();
}

std::vector<std::int64_t> Tokenizer::encode(std::string_view text) const {
  require_text(text);
  const std::u32string clean = clean_text(text);
  std::vector<std::int64_t> ids;
  for (const std::u32string_view piece : split_pieces(clean)) data_->encode_piece(piece, ids);
  return ids;
}

std::vector<std::int64_t> Tokenizer::encode_padded(std::string_view text,
                                                   const TokenizeOptions& options) const {
  if (options.context_length < 3)
    base::throw_error<base::UsageError>("context length: expected at least 3, got {}",
                                        options.context_length);
  if (const std::size_t nul = text.find('\0'); nul != text.npos)
    base::throw_error<base::UsageError>("text: expected no NUL character, got one at offset {}",
                                        nul);
  std::vector<std::int64_t> ids = encode(text);
  if (ids.empty()) throw base::UsageError("text: expected at least one word, got an empty text");
  const auto room = std::size_t(options.context_length) - 2;
  if (ids.size() > room && !options.truncate)
    throw base::UsageError(fmt::format("text: expected at most {} tokens, got {}: \"{}\"", room,
                                       ids.size(), shown(text)),
                           "shorten the text, or ask for it to be truncated");
  ids.resize(std::min(ids.size(), room));
  ids.insert(ids.begin(), start_id());
  ids.push_back(end_id());
  ids.resize(std::size_t(options.context_length), 0);
  return ids;
}

std::string Tokenizer::decode(const std::vector<std::int64_t>& ids) const {
  std::string text;
  for (const std::int64_t id : ids) {
    if (id < 0 || id >= size())
      base::throw_error<base::UsageError>("token id: expected 0 .. {}, got {}", size() - 1, id);
    const Vocabulary::Token& token = data_->vocabulary.tokens[std::size_t(id)];
    text += token.bytes;
    if (token.ends_word) text += ' ';
  }
  if (text.ends_with(' ')) text.pop_back();
  return base::to_utf8(base::from_utf8(text));
}

std::vector<std::string> Tokenizer::split_words(std::string_view text) const {
  require_text(text);
  const std::u32string clean = clean_text(text);
  std::vector<std::string> words;
  std::unordered_set<std::string> seen;
  std::vector<std::int64_t> ids;
  for (const std::u32string_view piece : split_pieces(clean)) {
    if (!is_letter(piece[0])) continue;
    ids.clear();
    data_->encode_piece(piece, ids);
    std::string word = base::to_utf8(piece);
    if (ids.size() > 1 && seen.insert(word).second) words.push_back(std::move(word));
  }
  return words;
}

std::int64_t Tokenizer::start_id() const { return data_->vocabulary.start_id; }
std::int64_t Tokenizer::end_id() const { return data_->vocabulary.end_id; }
std::int64_t Tokenizer::size() const { return std::int64_t(data_->vocabulary.tokens.size()); }

}  // namespace clipguide::clip
