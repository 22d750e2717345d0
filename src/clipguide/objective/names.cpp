#include "clipguide/objective/names.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "clipguide/base/trim.h"
#include "clipguide/objective/plain_words.h"

namespace clipguide::objective {
namespace {

using Words = std::vector<std::string>;

template <std::size_t kCount>
bool is_one_of(const std::array<std::string_view, kCount>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

constexpr std::array<std::string_view, 15> kMedia = {
    "cartoon",  "drawing", "icon",       "illustration", "image",
    "painting", "photo",   "photograph", "picture",      "portrait",
    "print",    "render",  "sketch",     "watercolor",   "watercolour"};

/// Things that mostly say what another one looks like or is made of when its name follows them.
constexpr std::array<std::string_view, 12> kQualities = {"brick",  "chestnut", "chocolate", "fire",
                                                         "glass",  "ice",      "lemon",     "olive",
                                                         "orange", "peach",    "rainbow",   "wood"};

constexpr std::array<std::string_view, 12> kColours = {"black",  "blue", "brown",  "gray",
                                                       "green",  "grey", "orange", "pink",
                                                       "purple", "red",  "white",  "yellow"};

/// What may follow a noun that stands for itself.
constexpr std::array<std::string_view, 38> kAfterNouns = {
    "above",    "across", "against", "among",   "and",     "around", "at",   "before",
    "behind",   "below",  "beneath", "beside",  "between", "but",    "by",   "floating",
    "flying",   "for",    "from",    "hanging", "in",      "inside", "into", "is",
    "lying",    "near",   "next",    "of",      "on",      "or",     "over", "sitting",
    "standing", "that",   "to",      "under",   "wearing", "with"};

/// Things that the ground shows when another one is in, under or before them.
constexpr std::array<std::string_view, 14> kPlaces = {
    "brick",    "city", "cloud", "desert", "fog",  "forest", "galaxy",
    "mountain", "rain", "star",  "storm",  "tree", "wave",   "wood"};

/// Those of them that one can also stand beside: "under a star", "by the tree".
constexpr std::array<std::string_view, 3> kSinglePlaces = {"cloud", "star", "tree"};

constexpr std::array<std::string_view, 12> kBeforePlaces = {"above",  "across", "against", "among",
                                                            "before", "in",     "into",    "of",
                                                            "on",     "over",   "through", "under"};

/// "an orange cat", "an orange and black fish", "a coat in orange"; not "an orange and a cat".
bool is_quality(const Words& words, std::size_t i) {
  if (!is_one_of(kQualities, words[i])) return false;
  if (i > 0 && words[i - 1] == "in" && is_one_of(kColours, words[i])) return true;
  if (i + 1 >= words.size()) return false;
  if (words[i + 1] == "and" && i + 2 < words.size()) return is_one_of(kColours, words[i + 2]);
  return !is_article(words[i + 1]) && !is_one_of(kAfterNouns, words[i + 1]);
}

/// "in the city", "under the bright stars", "in front of mountains", "with mountains behind it";
/// not "a city at night" nor "an owl under a star".
bool is_place(const Words& words, std::size_t i) {
  if (!is_one_of(kPlaces, words[i])) return false;
  if (i + 1 < words.size() && words[i + 1] == "behind") return true;
  std::size_t before = i;  // the word before which the noun's own begin
  bool one = false;
  for (int adjectives = 0; before > 0; --before) {
    const std::string& word = words[before - 1];
    if (word == "a" || word == "an") one = true;
    if (word == "of" && (before < 2 || words[before - 2] != "front")) return false;
    if (is_one_of(kBeforePlaces, word)) {
      const bool within = word == "in" || word == "into" || word == "through";
      return !one || within || !is_one_of(kSinglePlaces, words[i]);
    }
    if (!is_article(word) && ++adjectives > 1) return false;
  }
  return false;
}

bool is_medium(const Words& words, std::size_t i) {
  return i + 2 < words.size() && words[i + 1] == "of" && is_one_of(kMedia, words[i]);
}

/// Where a name stands in one of the texts.
struct Mention {
  std::size_t text = 0, first = 0, count = 0;  ///< in words without articles
  std::size_t name = 0;
  bool own = false;  ///< by the name itself
};

bool is_within(const Mention& part, const Mention& whole) {
  return part.text == whole.text && part.count < whole.count && part.first >= whole.first &&
         part.first + part.count <= whole.first + whole.count;
}

bool is_same_place(const Mention& one, const Mention& other) {
  return one.text == other.text && one.first == other.first && one.count == other.count;
}

/// A text's words without articles, and which of them do not stand for a thing by themselves.
struct ReadText {
  Words words;
  std::vector<bool> beside_the_point;
};

ReadText read(const std::string& text) {
  const Words all = words_of(text);
  ReadText read;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (is_article(all[i])) continue;
    const bool time = i > 0 && all[i - 1] == "at";
    read.words.push_back(all[i]);
    read.beside_the_point.push_back(time || is_medium(all, i) || is_quality(all, i) ||
                                    is_place(all, i));
  }
  return read;
}

void find(const Words& name, const std::vector<ReadText>& texts, Mention mention,
          std::vector<Mention>& found) {
  if (name.empty()) return;
  mention.count = name.size();
  for (mention.text = 0; mention.text < texts.size(); ++mention.text) {
    const ReadText& text = texts[mention.text];
    const auto begin = text.words.begin(), end = text.words.end();
    for (auto at = begin; (at = std::search(at, end, name.begin(), name.end())) != end; ++at) {
      mention.first = std::size_t(at - begin);
      // A longer name says for itself what belongs together.
      if (name.size() > 1 || !text.beside_the_point[mention.first]) found.push_back(mention);
    }
  }
}

std::vector<ReadText> read_all(const Words& texts) {
  std::vector<ReadText> read_texts;
  for (const std::string& text : texts) read_texts.push_back(read(text));
  return read_texts;
}

std::vector<Mention> mentions_of(const std::vector<Name>& names,
                                 const std::vector<ReadText>& read_texts) {
  std::vector<Mention> found;
  for (std::size_t n = 0; n < names.size(); ++n) {
    Mention mention;
    mention.name = n, mention.own = true;
    find(plain_words(names[n].text), read_texts, mention, found);
    mention.own = false;
    for (const std::string& word : names[n].also)
      find(plain_words(word), read_texts, mention, found);
  }
  return found;
}

/// Those that stand for the thing that is meant.
std::vector<Mention> meant_mentions(const std::vector<Name>& names,
                                    const std::vector<ReadText>& texts) {
  const std::vector<Mention> found = mentions_of(names, texts);
  std::vector<Mention> meant;
  for (const Mention& mention : found) {
    const bool other_is_meant = std::any_of(found.begin(), found.end(), [&](const Mention& other) {
      if (is_within(mention, other)) return true;
      if (!is_same_place(mention, other) || mention.name == other.name) return false;
      return other.own != mention.own ? other.own : other.name < mention.name;
    });
    if (!other_is_meant) meant.push_back(mention);
  }
  return meant;
}

/// Words between two things, without articles, that say where the first one lies.
struct SideWords {
  std::array<std::string_view, 3> words;  ///< empty ones at the end
  Relation::Side side;
  bool turned;  ///< said of the second thing
};
constexpr std::array<SideWords, 10> kSideWords = {{
    {{"left", "of", ""}, Relation::Side::left, false},
    {{"right", "of", ""}, Relation::Side::left, true},
    {{"on", "top", "of"}, Relation::Side::above, false},
    {{"above", "", ""}, Relation::Side::above, false},
    {{"atop", "", ""}, Relation::Side::above, false},
    {{"over", "", ""}, Relation::Side::above, false},
    {{"below", "", ""}, Relation::Side::above, true},
    {{"beneath", "", ""}, Relation::Side::above, true},
    {{"under", "", ""}, Relation::Side::above, true},
    {{"underneath", "", ""}, Relation::Side::above, true},
}};

/// The side that words first to last say; null where they say none.
const SideWords* side_said(const Words& words, std::size_t first, std::size_t last) {
  for (const SideWords& side : kSideWords) {
    const std::size_t count =
        std::size_t(std::find(side.words.begin(), side.words.end(), "") - side.words.begin());
    for (std::size_t at = first; at + count <= last; ++at)
      if (std::equal(side.words.begin(), side.words.begin() + std::ptrdiff_t(count),
                     words.begin() + std::ptrdiff_t(at)))
        return &side;
  }
  return nullptr;
}

std::set<std::string> word_set(const std::string& text) {
  const Words words = plain_words(text);
  return {words.begin(), words.end()};
}

}  // namespace

Name parse_name(const std::string& line) {
  Name name;
  for (std::size_t first = 0; first <= line.size();) {
    const std::size_t end = std::min(line.find(';', first), line.size());
    const std::string part(base::trimmed(std::string_view(line).substr(first, end - first)));
    if (first == 0)
      name.text = part;
    else if (!part.empty())
      name.also.push_back(part);
    first = end + 1;
  }
  return name;
}

std::vector<std::string> names_said(const std::vector<Name>& names,
                                    const std::vector<std::string>& texts) {
  std::vector<bool> meant(names.size(), false);
  for (const Mention& mention : meant_mentions(names, read_all(texts))) meant[mention.name] = true;
  Words said;
  for (std::size_t n = 0; n < names.size(); ++n)
    if (meant[n]) said.push_back(names[n].text);
  return said;
}

std::string colour_said(const std::vector<Name>& names, const std::vector<std::string>& texts,
                        const std::string& name) {
  const std::vector<ReadText> read_texts = read_all(texts);
  for (const Mention& mention : meant_mentions(names, read_texts)) {
    const Words& words = read_texts[mention.text].words;
    if (names[mention.name].text != name || mention.first == 0) continue;
    if (is_one_of(kColours, words[mention.first - 1])) return words[mention.first - 1];
  }
  return "";
}

std::vector<Relation> relations_said(const std::vector<Name>& names,
                                     const std::vector<std::string>& texts) {
  const std::vector<ReadText> read_texts = read_all(texts);
  std::vector<Mention> meant = meant_mentions(names, read_texts);
  std::sort(meant.begin(), meant.end(), [](const Mention& one, const Mention& other) {
    return std::pair(one.text, one.first) < std::pair(other.text, other.first);
  });
  std::vector<Relation> relations;
  for (std::size_t i = 1; i < meant.size(); ++i) {
    const Mention &first = meant[i - 1], &second = meant[i];
    if (first.text != second.text || first.name == second.name) continue;
    const SideWords* side =
        side_said(read_texts[first.text].words, first.first + first.count, second.first);
    if (!side) continue;
    Relation relation{names[first.name].text, names[second.name].text, side->side};
    if (side->turned) std::swap(relation.one, relation.other);
    relations.push_back(relation);
  }
  return relations;
}

std::vector<std::string> contradicting(const std::vector<Name>& names,
                                       const std::vector<std::string>& prompts) {
  std::set<std::string> said;
  for (const std::string& prompt : prompts) said.merge(word_set(prompt));
  const auto is_said = [&](const std::string& text) {
    const std::set<std::string> words = word_set(text);
    return std::includes(said.begin(), said.end(), words.begin(), words.end());
  };
  Words left;
  for (const Name& name : names)
    if (!is_said(name.text) && std::none_of(name.also.begin(), name.also.end(), is_said))
      left.push_back(name.text);
  return left;
}

}  // namespace clipguide::objective
