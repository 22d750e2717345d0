#pragma once

#include <string>
#include <vector>

namespace clipguide::objective {

/// The words of a text in lower case, singular and plural of a noun in one form.
std::vector<std::string> words_of(const std::string& text);

bool is_article(const std::string& word);

/// words_of without articles.
std::vector<std::string> plain_words(const std::string& text);

/// How many of a thing a text asks for: "two owls", "three", "several"; 1 where it does not say.
int count_said(const std::string& text);

}  // namespace clipguide::objective
