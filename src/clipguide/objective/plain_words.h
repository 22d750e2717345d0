#pragma once

#include <string>
#include <vector>

namespace clipguide::objective {

/// The words of a text in lower case, without articles, singular and plural of a noun in one form.
std::vector<std::string> plain_words(const std::string& text);

/// How many of a thing a text asks for: "two owls", "three", "several"; 1 where it does not say.
int count_said(const std::string& text);

/// Which names stand in a text word for word; not those within a longer one that does ("apple" in
/// "green apple"), nor a medium or a time: the painting in "a painting of a magnet",
/// the sunset in "a boat at sunset".
std::vector<std::string> names_said(const std::vector<std::string>& names,
                                    const std::vector<std::string>& texts);

}  // namespace clipguide::objective
