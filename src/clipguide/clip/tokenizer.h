#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace clipguide::clip {

struct TokenizeOptions {
  int context_length = 77;
  bool truncate = false;  ///< otherwise a text that does not fit is an error
};

/// CLIP's byte-level BPE tokenizer: ftfy repairs -> HTML unescape twice -> collapse white space ->
/// Unicode lower case -> contractions | letters | one digit | other -> BPE with `</w>`.
/// Source: openai/CLIP simple_tokenizer.
class Tokenizer {
 public:
  /// From a vocabulary file, its form told from its content: `bpe_simple_vocab_16e6.txt.gz` (or the
  /// same unpacked), `tokenizer.json`, or `vocab.json` with `merges.txt` beside it.
  ///   throws  FormatError naming the line for a truncated or inconsistent file, IoError
  explicit Tokenizer(const std::filesystem::path& vocabulary);
  ~Tokenizer();

  /// The vocabulary file that lies in a model folder, or an empty path.
  static std::filesystem::path find_beside(const std::filesystem::path& model);

  /// Token ids without start and end.   throws  UsageError for invalid UTF-8, NUL
  std::vector<std::int64_t> encode(std::string_view text) const;

  /// start, ids, end, then zero padding: exactly context_length ids.
  ///   throws  UsageError for an empty text, or one over context_length - 2 ids unless truncating
  std::vector<std::int64_t> encode_padded(std::string_view text,
                                          const TokenizeOptions& options) const;

  /// Text of the ids, for messages.
  std::string decode(const std::vector<std::int64_t>& ids) const;

  /// The words of a (cleaned) text that the vocabulary does not hold as one token.
  std::vector<std::string> split_words(std::string_view text) const;

  std::int64_t start_id() const;
  std::int64_t end_id() const;
  std::int64_t size() const;

 private:
  struct Data;
  std::unique_ptr<const Data> data_;
};

}  // namespace clipguide::clip
