#pragma once

#include <string>
#include <string_view>

/// The little English grammar that captions need.
namespace clipguide::world {

/// "cat" -> "a cat", "owl" -> "an owl", "unicorn" -> "a unicorn".
std::string with_article(std::string_view noun_phrase);

/// "cherry" -> "cherries", "mouse" -> "mice"; the last word changes.
std::string plural_of(std::string_view noun);

/// Named in the plural already ("grapes", "scissors"), or uncountable ("rain"): takes no article.
bool takes_no_article(std::string_view noun);

/// False where the plural would not be its last word's ("slice of pizza", "face with mask").
bool counts_well(std::string_view noun);

}  // namespace clipguide::world
