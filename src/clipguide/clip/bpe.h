#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "clipguide/clip/vocabulary.h"

namespace clipguide::clip {

/// Applies the merges of a vocabulary to the bytes of one word: again and again the earliest merge
/// that fits anywhere, from left to right.   Source: Sennrich et al. 2016, section 3.2
///   cost  n log n in the word's bytes
class BytePairEncoder {
 public:
  explicit BytePairEncoder(const Vocabulary& vocabulary);

  void encode(std::string_view word, std::vector<std::int64_t>& ids) const;

 private:
  const Vocabulary& vocabulary_;
  std::unordered_map<std::uint64_t, std::int32_t> ranks_;  // by the pair of ids
};

}  // namespace clipguide::clip
