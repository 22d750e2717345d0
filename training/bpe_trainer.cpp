#include "training/bpe_trainer.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "clipguide/base/error.h"

namespace clipguide::training {

std::vector<std::string> bpe_words(std::string_view text) {
  constexpr std::array<std::string_view, 7> kContractions = {"'s", "'t",  "'re", "'ve",
                                                             "'m", "'ll", "'d"};
  enum class Kind { blank, letter, digit, other };
  const auto kind_of = [](unsigned char c) {
    if (std::isspace(c)) return Kind::blank;
    if (std::isalpha(c) || c >= 0x80) return Kind::letter;
    return std::isdigit(c) ? Kind::digit : Kind::other;
  };
  std::string lower(text);
  for (char& c : lower) c = static_cast<unsigned char>(c) < 0x80 ? char(std::tolower(c)) : c;
  std::vector<std::string> words;
  for (std::size_t at = 0; at < lower.size();) {
    const std::string_view rest = std::string_view(lower).substr(at);
    const auto contraction = std::find_if(kContractions.begin(), kContractions.end(),
                                          [&](std::string_view c) { return rest.starts_with(c); });
    std::size_t length = 1;
    const Kind kind = kind_of(static_cast<unsigned char>(rest[0]));
    if (contraction != kContractions.end()) {
      length = contraction->size();
    } else if (kind == Kind::letter || kind == Kind::other) {
      while (length < rest.size() && kind_of(static_cast<unsigned char>(rest[length])) == kind)
        ++length;
    }
    const bool ascii = std::all_of(rest.begin(), rest.begin() + std::ptrdiff_t(length),
                                   [](unsigned char c) { return c < 0x80; });
    if (kind != Kind::blank && ascii) words.emplace_back(rest.substr(0, length));
    at += length;
  }
  return words;
}

namespace {

struct Word {
  std::vector<std::string> parts;
  std::uint64_t count;
};

}  // namespace

std::vector<std::string> learn_merges(const std::map<std::string, std::uint64_t>& counts,
                                      std::size_t limit) {
  std::vector<Word> words;
  for (const auto& [text, count] : counts) {
    if (text.empty()) continue;
    Word word{{}, count};
    for (char c : text) word.parts.emplace_back(1, c);
    word.parts.back() += "</w>";
    words.push_back(std::move(word));
  }
  std::vector<std::string> merges;
  std::set<std::string> made;
  while (merges.size() < limit) {
    std::map<std::pair<std::string, std::string>, std::uint64_t> pairs;
    for (const Word& word : words) {
      for (std::size_t i = 0; i + 1 < word.parts.size(); ++i) {
        // Two ways to one token are not told apart by its id: only the first is kept.
        if (!made.contains(word.parts[i] + word.parts[i + 1])) {
          pairs[{word.parts[i], word.parts[i + 1]}] += word.count;
        }
      }
    }
    if (pairs.empty()) break;
    const auto best =
        std::max_element(pairs.begin(), pairs.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto [left, right] = best->first;
    made.insert(left + right);
    merges.push_back(left + " " + right);
    std::erase_if(words, [](const Word& word) { return word.parts.size() < 2; });
    for (Word& word : words) {
      for (std::size_t i = 0; i + 1 < word.parts.size(); ++i) {
        if (word.parts[i] != left || word.parts[i + 1] != right) continue;
        word.parts[i] += right;
        word.parts.erase(word.parts.begin() + std::ptrdiff_t(i) + 1);
      }
    }
  }
  return merges;
}

std::string format_vocabulary(const std::vector<std::string>& merges) {
  std::string text = "#version: 1.0, learned from clipguide's rendered world\n";
  for (const std::string& merge : merges) text += merge + "\n";
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, 9, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw base::Error("zlib: cannot be started");
  }
  std::string packed(deflateBound(&stream, uLong(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = uInt(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = uInt(packed.size());
  const int end = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (end != Z_STREAM_END) throw base::Error("zlib: expected the whole vocabulary to be packed");
  return packed;
}

}  // namespace clipguide::training
