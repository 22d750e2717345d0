#include "clipguide/clip/bpe.h"

#include <functional>
#include <queue>
#include <utility>

namespace clipguide::clip {
namespace {

std::uint64_t pair_key(std::int64_t left, std::int64_t right) {
  return std::uint64_t(left) << 32 | std::uint64_t(right);
}

/// A symbol of the word, linked to its neighbours by index; -1 for none.
struct Symbol {
  std::int64_t id;  // -1 once merged away
  std::int64_t before, after;
};

}  // namespace

BytePairEncoder::BytePairEncoder(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {
  ranks_.reserve(vocabulary.merges.size());
  for (std::size_t rank = 0; rank < vocabulary.merges.size(); ++rank)
    ranks_.emplace(pair_key(vocabulary.merges[rank].left, vocabulary.merges[rank].right),
                   std::int32_t(rank));
}

void BytePairEncoder::encode(std::string_view word, std::vector<std::int64_t>& ids) const {
  // Begin with the bytes.
  std::vector<Symbol> symbols;
  symbols.reserve(word.size());
  for (const char c : word) {
    const auto at = std::int64_t(symbols.size());
    const bool last = symbols.size() + 1 == word.size();
    const auto& byte_ids = last ? vocabulary_.last_byte_ids : vocabulary_.byte_ids;
    symbols.push_back({byte_ids[static_cast<unsigned char>(c)], at - 1, last ? -1 : at + 1});
  }

  // Queue the pairs, the earliest merge and then the leftmost place first.
  using Candidate = std::pair<std::int32_t, std::int64_t>;  // rank, index of the left symbol
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto consider = [&](std::int64_t left) {
    if (left < 0 || symbols[std::size_t(left)].after < 0) return;
    const Symbol& symbol = symbols[std::size_t(left)];
    const auto found = ranks_.find(pair_key(symbol.id, symbols[std::size_t(symbol.after)].id));
    if (found != ranks_.end()) queue.emplace(found->second, left);
  };
  for (std::size_t i = 0; i < symbols.size(); ++i) consider(std::int64_t(i));

  while (!queue.empty()) {
    const auto [rank, at] = queue.top();
    queue.pop();
    // Skip a pair that another merge has broken since.
    const Vocabulary::Merge& merge = vocabulary_.merges[std::size_t(rank)];
    Symbol& left = symbols[std::size_t(at)];
    if (left.id != merge.left || left.after < 0) continue;
    Symbol& right = symbols[std::size_t(left.after)];
    if (right.id != merge.right) continue;
    // Merge the right symbol into the left one.
    left.id = merge.result;
    left.after = right.after;
    right.id = -1;
    if (left.after >= 0) symbols[std::size_t(left.after)].before = at;
    consider(left.before);
    consider(at);
  }

  for (const Symbol& symbol : symbols)
    if (symbol.id >= 0) ids.push_back(symbol.id);
}

}  // namespace clipguide::clip
