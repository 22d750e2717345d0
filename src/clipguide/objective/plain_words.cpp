#include "clipguide/objective/plain_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <map>

namespace clipguide::objective {
namespace {

using Words = std::vector<std::string>;

bool within(const Words& part, const Words& whole) {
  return std::search(whole.begin(), whole.end(), part.begin(), part.end()) != whole.end();
}

bool is_article(const std::string& word) { return word == "a" || word == "an" || word == "the"; }

/// Both numbers of a noun in one form: "strawberries" and "strawberry", "cookies" and "cookie".
std::string without_number(std::string word) {
  if (word.size() > 3 && word.ends_with('s') && !word.ends_with("ss")) word.pop_back();
  if (word.size() > 4 && word.ends_with("ie")) word.replace(word.size() - 2, 2, "y");
  for (const char* hiss : {"she", "che", "sse", "xe"})
    if (word.size() > 3 && word.ends_with(hiss)) {
      word.pop_back();
      break;
    }
  return word;
}

Words words_of(const std::string& text) {
  Words words;
  std::string word;
  const auto close = [&] {
    if (!word.empty()) words.push_back(without_number(word));
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

Words without_articles(const Words& words) {
  Words kept;
  std::copy_if(words.begin(), words.end(), std::back_inserter(kept),
               [](const std::string& word) { return !is_article(word); });
  return kept;
}

/// The words for what is to be seen: without the medium of "a painting of a magnet" and the time of
/// "at sunset".
Words words_for_things(const Words& words) {
  static constexpr std::array kMedia = {"cartoon", "drawing",    "icon",       "illustration",
                                        "image",   "painting",   "photo",      "photograph",
                                        "picture", "portrait",   "print",      "render",
                                        "sketch",  "watercolor", "watercolour"};
  Words kept;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool medium = i + 2 < words.size() && words[i + 1] == "of" &&
                        std::find(kMedia.begin(), kMedia.end(), words[i]) != kMedia.end();
    const bool time = i > 0 && words[i - 1] == "at";
    if (!medium && (!time || is_article(words[i]))) kept.push_back(words[i]);
  }
  return without_articles(kept);
}

}  // namespace

Words plain_words(const std::string& text) { return without_articles(words_of(text)); }

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
  for (const std::string& text : texts) said.push_back(words_for_things(words_of(text)));
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
