#include "clipguide/clip/vocabulary.h"

#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "clipguide/base/utf8.h"
#include "clipguide/clip/vocabulary_forms.h"

namespace clipguide::clip {
namespace {

constexpr std::int64_t kMostTokens = std::int64_t(1) << 20;

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

class Resolver {
 public:
  explicit Resolver(const SpelledVocabulary& spelled) : spelled_(spelled) {}

  Vocabulary resolve() {
    take_special_tokens();
    take_bytes();
    for (const SpelledVocabulary::Merge& merge : spelled_.merges) take_merge(merge);
    require_every_token_made();
    return std::move(vocabulary_);
  }

 private:
  std::int64_t require_id(const std::string& token) const {
    const auto found = spelled_.ids.find(token);
    if (found == spelled_.ids.end())
      base::throw_error<base::FormatError>(
          "{}: expected CLIP's byte-level vocabulary, found no token '{}' in it", spelled_.name,
          shown_token(token));
    return found->second;
  }

  void take_special_tokens() {
    for (const auto& [token, id] : spelled_.ids) {
      if (id < 0 || id >= kMostTokens)
        base::throw_error<base::FormatError>("{}: token '{}': expected an id in 0 .. {}, got {}",
                                             spelled_.name, shown_token(token), kMostTokens - 1,
                                             id);
      const auto needed = std::size_t(id) + 1;
      if (vocabulary_.tokens.size() < needed) vocabulary_.tokens.resize(needed);
      std::string& bytes = vocabulary_.tokens[std::size_t(id)].bytes;
      if (!bytes.empty())
        base::throw_error<base::FormatError>("{}: expected an id for each token, got {} for two",
                                             spelled_.name, id);
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

  void take_merge(const SpelledVocabulary::Merge& merge) {
    for (const std::string* part : {&merge.left, &merge.right})
      if (!made_.contains(*part))
        spelled_.fail(merge.line, "expected parts that are made before, got '{}'",
                      shown_token(*part));
    const std::string joined = merge.left + merge.right;
    if (!spelled_.ids.contains(joined))
      spelled_.fail(merge.line, "expected a token of the vocabulary, got '{}'",
                    shown_token(joined));
    if (made_.contains(joined))
      spelled_.fail(merge.line, "expected a new token, got '{}' again", shown_token(joined));
    vocabulary_.merges.push_back({require_id(merge.left), require_id(merge.right), make(joined)});
  }

  /// Notes that a token can be made, and its bytes.
  std::int64_t make(const std::string& token) {
    const std::int64_t id = require_id(token);
    std::optional<Vocabulary::Token> read = read_token(token);
    if (!read)
      base::throw_error<base::FormatError>("{}: expected characters that spell bytes, got '{}'",
                                           spelled_.name, shown_token(token));
    vocabulary_.tokens[std::size_t(id)] = std::move(*read);
    made_.insert(token);
    return id;
  }

  void require_every_token_made() const {
    const std::string* unmade = nullptr;
    std::int64_t unmade_id = 0;
    for (const auto& [token, id] : spelled_.ids)
      if (!made_.contains(token) && !is_special(token) && (!unmade || id < unmade_id))
        unmade = &token, unmade_id = id;
    if (unmade)
      spelled_.fail(spelled_.last_line,
                    "the merges end here: expected one that makes '{}' (id {}), found none",
                    shown_token(*unmade), unmade_id);
  }

  const SpelledVocabulary& spelled_;
  Vocabulary vocabulary_;
  std::unordered_set<std::string> made_;
};

}  // namespace

Vocabulary read_vocabulary(const std::filesystem::path& path) {
  const SpelledVocabulary spelled = read_spelled_vocabulary(path);
  return Resolver(spelled).resolve();
}

}  // namespace clipguide::clip
