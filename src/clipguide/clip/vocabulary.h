#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace clipguide::clip {

/// A byte-level BPE vocabulary: every byte is a token, once within a word and once at its end, and
/// each merge makes one token of two. Start and end are tokens of their own.
struct Vocabulary {
  struct Token {
    std::string bytes;       ///< of a start or end token its name; empty for an id not in use
    bool ends_word = false;  ///< `</w>`
  };
  struct Merge {
    std::int64_t left, right, result;
  };

  std::vector<Token> tokens;                      ///< by id
  std::array<std::int64_t, 256> byte_ids{};       ///< id of a byte
  std::array<std::int64_t, 256> last_byte_ids{};  ///< id of a byte that ends a word
  std::vector<Merge> merges;                      ///< the earlier, the sooner it is applied
  std::int64_t start_id = 0;
  std::int64_t end_id = 0;
};

inline constexpr const char* kStartToken = "<|startoftext|>";
inline constexpr const char* kEndToken = "<|endoftext|>";

/// Reads a vocabulary, its form told from its content:
///   merges a line, plain or gzip    OpenAI's `bpe_simple_vocab_16e6.txt.gz` and smaller ones of
///                                   its layout; of a longer list the first 48894 merges count
///   `vocab.json`                    with `merges.txt` beside it
///   `tokenizer.json`                Hugging Face, model type BPE
///   throws  FormatError naming file and line, LimitError, IoError
Vocabulary read_vocabulary(const std::filesystem::path& path);

}  // namespace clipguide::clip
