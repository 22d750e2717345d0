#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Makes the vocabulary that CLIP's tokenizer reads, from the world's own captions.
namespace clipguide::training {

/// The words of a text as CLIP's tokenizer cuts it: contractions, letters, one digit, other signs.
/// Texts are expected in ASCII; pieces with other bytes are left out.
std::vector<std::string> bpe_words(std::string_view text);

/// Learns merges, the commonest pair first, ties by alphabet; stops when every word is one token.
///   words    how often each word occurs
///   returns  "left right" lines, at most `limit`
///   source   Sennrich et al. 2016 (arXiv 1508.07909)
std::vector<std::string> learn_merges(const std::map<std::string, std::uint64_t>& words,
                                      std::size_t limit);

/// A merge list in CLIP's layout, gzipped; the same merges give the same bytes.
std::string format_vocabulary(const std::vector<std::string>& merges);

/// Ids of a vocabulary with these merges: 256 bytes, 256 bytes at a word's end, merges, start, end.
inline std::int64_t vocabulary_size(std::size_t merges) { return 512 + std::int64_t(merges) + 2; }

}  // namespace clipguide::training
