#include "clipguide/objective/plain_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace clipguide::objective {
namespace {

using Words = std::vector<std::string>;

bool within(const Words& part, const Words& whole) {
  return std::search(whole.begin(), whole.end(), part.begin(), part.end()) != whole.end();
}

/// Without the medium of "a painting of a magnet": how it is to look, not a thing in it.
Words without_media(const Words& words) {
  static constexpr std::array kMedia = {"cartoon", "drawing",    "icon",       "illustration",
                                        "image",   "painting",   "photo",      "photograph",
                                        "picture", "portrait",   "print",      "render",
                                        "sketch",  "watercolor", "watercolour"};
  Words kept;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool names_something = i + 2 < words.size() && words[i + 1] == "of";
    if (!names_something || std::find(kMedia.begin(), kMedia.end(), words[i]) == kMedia.end())
      kept.push_back(words[i]);
  }
  return kept;
}

}  // namespace

Words plain_words(const std::string& text) {
  Words words;
  std::string word;
  const auto close = [&] {
    if (word.size() > 3 && word.ends_with('s')) word.pop_back();
    if (!word.empty() && word != "a" && word != "an" && word != "the") words.push_back(word);
    word.clear();
  };
  for (const unsigned char c : text) {
    if (std::isalnum(c) || c >= 0x80)
      word += char(std::tolower(c));
    else
      close();
  }
  close();
  return words;
}

int count_said(const std::string& text) {
  static const std::map<std::string, int> numbers = {
      {"two", 2},  {"2", 2}, {"pair", 2}, {"both", 2}, {"three", 3}, {"3", 3},   {"several", 3},
      {"four", 4}, {"4", 4}, {"many", 5}, {"five", 5}, {"5", 5},     {"six", 6}, {"6", 6}};
  for (const std::string& word : plain_words(text))
    if (const auto found = numbers.find(word); found != numbers.end()) return found->second;
  return 1;
}

Words names_said(const Words& names, const Words& texts) {
  std::vector<Words> said;
  for (const std::string& text : texts) said.push_back(without_media(plain_words(text)));
  std::vector<std::pair<std::string, Words>> found;
  for (const std::string& name : names) {
    const Words words = plain_words(name);
    const auto holds = [&](const Words& text) { return within(words, text); };
    if (!words.empty() && std::any_of(said.begin(), said.end(), holds))
      found.emplace_back(name, words);
  }
  Words whole;
  for (const auto& [name, words] : found) {
    const bool part = std::any_of(found.begin(), found.end(), [&, &own = words](const auto& other) {
      return other.second.size() > own.size() && within(own, other.second);
    });
    if (!part) whole.push_back(name);
  }
  return whole;
}

}  // namespace clipguide::objective
