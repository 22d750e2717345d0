#include "clipguide/workflow/prompt_template.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "clipguide/base/error.h"

namespace clipguide::workflow {
namespace {

using base::throw_error;
using base::UsageError;

/// The article at the end of `text` as a word of its own: its length with the space, or 0.
std::size_t article_at_end(std::string_view text) {
  for (std::string_view article : {"a ", "an ", "A ", "An "}) {
    if (!text.ends_with(article)) continue;
    const std::size_t before = text.size() - article.size();
    const bool stands_alone =
        before == 0 || !std::isalnum(static_cast<unsigned char>(text[before - 1]));
    if (stands_alone) return article.size();
  }
  return 0;
}

}  // namespace

bool wants_an(std::string_view word) {
  std::string low(word.substr(0, 4));
  std::transform(low.begin(), low.end(), low.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  // Vowels that are spoken as y or w, and an h that is not spoken.
  constexpr std::array<std::string_view, 6> kLikeConsonant = {"uni", "use", "usu",
                                                              "uku", "eu",  "one"};
  for (std::string_view start : kLikeConsonant)
    if (low.starts_with(start)) return false;
  if (low == "hour" || low == "hone") return true;
  return !low.empty() && std::string_view("aeiou").find(low[0]) != std::string_view::npos;
}

std::string with_article(std::string_view word) {
  return std::string(wants_an(word) ? "an " : "a ").append(word);
}

PromptTemplate PromptTemplate::parse(std::string_view text) {
  PromptTemplate made;
  made.text_ = text;
  if (text.find_first_not_of(" \t") == std::string_view::npos)
    throw UsageError("prompt: expected a text, got none");
  while (!text.empty()) {
    const std::size_t brace = text.find_first_of("{}");
    if (brace > 0) made.pieces_.push_back({std::string(text.substr(0, brace)), false});
    if (brace == std::string_view::npos) break;
    const std::size_t end = text.find_first_of("{}", brace + 1);
    if (text[brace] == '}' || end == std::string_view::npos || text[end] == '{')
      throw_error<UsageError>("prompt: expected slots as {{name}}, got a lone brace in '{}'",
                              made.text_);
    const std::string_view name = text.substr(brace + 1, end - brace - 1);
    if (name.empty())
      throw_error<UsageError>("prompt: expected a slot's name in {{}}, got none in '{}'",
                              made.text_);
    made.pieces_.push_back({std::string(name), true});
    text.remove_prefix(end + 1);
  }
  return made;
}

std::vector<std::string> PromptTemplate::slots() const {
  std::vector<std::string> names;
  for (const Piece& piece : pieces_)
    if (piece.is_slot && std::find(names.begin(), names.end(), piece.text) == names.end())
      names.push_back(piece.text);
  return names;
}

std::string PromptTemplate::fill(const std::map<std::string, std::string>& words) const {
  std::string prompt;
  for (const Piece& piece : pieces_) {
    if (!piece.is_slot) {
      prompt += piece.text;
      continue;
    }
    const std::string& word = words.at(piece.text);
    if (const std::size_t length = article_at_end(prompt)) {
      const bool capital = prompt[prompt.size() - length] == 'A';
      prompt.resize(prompt.size() - length);
      prompt += capital ? (wants_an(word) ? "An " : "A ") : (wants_an(word) ? "an " : "a ");
    }
    prompt += word;
  }
  return prompt;
}

}  // namespace clipguide::workflow
