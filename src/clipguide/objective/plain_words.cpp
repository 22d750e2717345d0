#include "clipguide/objective/plain_words.h"

#include <cctype>
#include <map>

namespace clipguide::objective {
namespace {

using Words = std::vector<std::string>;

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

}  // namespace

bool is_article(const std::string& word) { return word == "a" || word == "an" || word == "the"; }

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

Words plain_words(const std::string& text) {
  Words words = words_of(text);
  std::erase_if(words, is_article);
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

}  // namespace clipguide::objective
