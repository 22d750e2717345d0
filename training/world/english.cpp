#include "training/world/english.h"

#include <algorithm>
#include <array>
#include <utility>

namespace clipguide::world {
namespace {

using namespace std::string_view_literals;

bool ends_with_any(std::string_view word, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return word.ends_with(ending); });
}

std::string_view last_word(std::string_view phrase) {
  const std::size_t space = phrase.rfind(' ');
  return space == std::string_view::npos ? phrase : phrase.substr(space + 1);
}

constexpr std::array kIrregularPlurals = {
    std::pair{"mouse"sv, "mice"sv},        std::pair{"man"sv, "men"sv},
    std::pair{"woman"sv, "women"sv},       std::pair{"person"sv, "people"sv},
    std::pair{"child"sv, "children"sv},    std::pair{"tooth"sv, "teeth"sv},
    std::pair{"foot"sv, "feet"sv},         std::pair{"leaf"sv, "leaves"sv},
    std::pair{"knife"sv, "knives"sv},      std::pair{"wolf"sv, "wolves"sv},
    std::pair{"scarf"sv, "scarves"sv},     std::pair{"goose"sv, "geese"sv},
    std::pair{"ox"sv, "oxen"sv},           std::pair{"elf"sv, "elves"sv},
    std::pair{"loaf"sv, "loaves"sv},       std::pair{"policeman"sv, "policemen"sv},
    std::pair{"snowman"sv, "snowmen"sv},   std::pair{"potato"sv, "potatoes"sv},
    std::pair{"tomato"sv, "tomatoes"sv},   std::pair{"mango"sv, "mangoes"sv},
    std::pair{"volcano"sv, "volcanoes"sv}, std::pair{"fish"sv, "fish"sv},
    std::pair{"sheep"sv, "sheep"sv},       std::pair{"deer"sv, "deer"sv},
    std::pair{"shrimp"sv, "shrimp"sv},     std::pair{"bison"sv, "bison"sv},
    std::pair{"squid"sv, "squid"sv},       std::pair{"blowfish"sv, "blowfish"sv},
    std::pair{"octopus"sv, "octopuses"sv}, std::pair{"cactus"sv, "cacti"sv}};

constexpr std::array kWithoutArticle = {
    "rain"sv,           "fog"sv,         "fire"sv,          "snow"sv,         "poo"sv,
    "pile of poo"sv,    "money"sv,       "sushi"sv,         "curry"sv,        "bread"sv,
    "cheese"sv,         "bacon"sv,       "butter"sv,        "salt"sv,         "garlic"sv,
    "rice"sv,           "ice"sv,         "coffee"sv,        "tea"sv,          "beer"sv,
    "sake"sv,           "cooked rice"sv, "curry rice"sv,    "spaghetti"sv,    "shaved ice"sv,
    "soft ice cream"sv, "ice cream"sv,   "meat"sv,          "meat on bone"sv, "sweat"sv,
    "thread"sv,         "yarn"sv,        "wood"sv,          "broccoli"sv,     "popcorn"sv,
    "milk"sv,           "canned food"sv, "baggage claim"sv, "toilet paper"sv, "custard"sv,
    "dango"sv,          "oden"sv,        "Aries"sv,         "Taurus"sv,       "Gemini"sv,
    "Cancer"sv,         "Leo"sv,         "Virgo"sv,         "Libra"sv,        "Scorpio"sv,
    "Sagittarius"sv,    "Capricorn"sv,   "Aquarius"sv,      "Pisces"sv,       "Ophiuchus"sv,
    "Santa Claus"sv,    "Mrs. Claus"sv,  "Mount Fuji"sv,    "Tokyo tower"sv,  "Statue of Liberty"sv,
    "lightning"sv,      "chocolate"sv,   "candy"sv,         "corn"sv,         "honey"sv,
    "soap"sv,           "steam"sv,       "jazz"sv};

}  // namespace

bool takes_no_article(std::string_view noun) {
  if (std::find(kWithoutArticle.begin(), kWithoutArticle.end(), noun) != kWithoutArticle.end()) {
    return true;
  }
  if (noun.starts_with("map of ") || noun.find(" of ") != std::string_view::npos) {
    return last_word(noun.substr(0, noun.find(" of "))).ends_with('s') &&
           !noun.starts_with("glass of");
  }
  const std::string_view head = last_word(noun.substr(0, noun.find(" with ")));
  if (head == "people" || head == "men" || head == "women" || head == "children" ||
      head == "feet") {
    return true;
  }
  return head.ends_with('s') && head.size() > 3 &&
         !ends_with_any(head, {"ss", "us", "is", "as", "lens", "canvas", "Christmas", "abacus"});
}

std::string with_article(std::string_view phrase) {
  if (phrase.empty()) return {};
  constexpr std::array kSilentOrSpelled = {"hour"sv, "honest"sv, "x-ray"sv, "SOS"sv, "fm"sv};
  constexpr std::array kYouSound = {"uni"sv, "use"sv,     "euro"sv, "one"sv, "ukulele"sv,
                                    "ufo"sv, "utensil"sv, "ewe"sv,  "UFO"sv, "US"sv};
  const auto begins = [&](auto& list) {
    return std::any_of(list.begin(), list.end(),
                       [&](std::string_view start) { return phrase.starts_with(start); });
  };
  const bool vowel = std::string_view("aeiouAEIOU").find(phrase[0]) != std::string_view::npos;
  const bool an = (vowel && !begins(kYouSound)) || begins(kSilentOrSpelled);
  return (an ? "an " : "a ") + std::string(phrase);
}

std::string plural_of(std::string_view noun) {
  const std::string_view word = last_word(noun);
  const std::string head(noun.substr(0, noun.size() - word.size()));
  for (const auto& [one, many] : kIrregularPlurals) {
    if (word == one) return head + std::string(many);
  }
  if (takes_no_article(noun)) return std::string(noun);
  if (ends_with_any(word, {"s", "x", "z", "ch", "sh"})) return std::string(noun) + "es";
  const bool consonant_y =
      word.size() > 1 && word.ends_with('y') &&
      std::string_view("aeiou").find(word[word.size() - 2]) == std::string_view::npos;
  if (consonant_y) return head + std::string(word.substr(0, word.size() - 1)) + "ies";
  return std::string(noun) + "s";
}

bool counts_well(std::string_view noun) {
  if (takes_no_article(noun)) return false;
  for (std::string_view link : {" of ", " with ", " in ", " on ", " and ", " without ", "-"}) {
    if (noun.find(link) != std::string_view::npos) return false;
  }
  return true;
}

}  // namespace clipguide::world
