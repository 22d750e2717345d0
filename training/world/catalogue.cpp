#include "training/world/catalogue.h"

#include <algorithm>
#include <array>
#include <map>

#include "clipguide/base/error.h"
#include "clipguide/base/file.h"
#include "training/world/english.h"

namespace clipguide::world {
namespace {

std::string with_plain_quotes(std::string text) {
  constexpr std::array kPlain = {std::pair{"\u2019", "'"},  std::pair{"\u2018", "'"},
                                 std::pair{"\u201c", "\""}, std::pair{"\u201d", "\""},
                                 std::pair{"\u2013", "-"},  std::pair{"&amp;", "&"}};
  for (const auto& [fancy, plain] : kPlain) {
    for (std::size_t at; (at = text.find(fancy)) != std::string::npos;) {
      text.replace(at, std::string_view(fancy).size(), plain);
    }
  }
  return text;
}

/// The only code point of a UTF-8 text; 0 when it has none or several.
char32_t single_code_point(std::string_view text) {
  if (text.empty()) return 0;
  const unsigned char lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() != length) return 0;
  char32_t value = length == 1 ? lead : lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) value = value << 6 | (text[i] & 0x3F);
  return value;
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + separator.size(), text.size()));
  }
  return parts;
}

}  // namespace

std::string phrase_of(const Thing& thing) {
  if (thing.kind == ThingKind::letter || thing.kind == ThingKind::word) return "the " + thing.name;
  return takes_no_article(thing.name) ? thing.name : with_article(thing.name);
}

std::vector<Annotation> read_annotations(const std::filesystem::path& path) {
  const std::string xml = base::read_file(path, std::size_t(64) << 20);
  std::map<char32_t, Annotation> found;
  constexpr std::string_view kOpen = "<annotation cp=\"", kClose = "</annotation>";
  for (std::size_t at = 0; (at = xml.find(kOpen, at)) != std::string::npos;) {
    at += kOpen.size();
    const std::size_t quote = xml.find('"', at), body = xml.find('>', quote),
                      end = xml.find(kClose, at);
    if (quote > body || body > end || end == std::string::npos) {
      base::throw_error<base::FormatError>(
          "{}: expected whole annotation elements, got one cut off at byte {}", path.string(), at);
    }
    const char32_t character = single_code_point(std::string_view(xml).substr(at, quote - at));
    const std::string_view attributes = std::string_view(xml).substr(quote, body - quote);
    const std::string text = with_plain_quotes(xml.substr(body + 1, end - body - 1));
    at = end;
    if (character == 0) continue;
    Annotation& entry = found[character];
    entry.character = character;
    if (attributes.find("tts") != std::string_view::npos)
      entry.name = text;
    else
      entry.keywords = split(text, " | ");
  }
  if (found.empty()) {
    base::throw_error<base::FormatError>("{}: expected CLDR annotations, got none", path.string());
  }
  std::vector<Annotation> annotations;
  for (auto& [character, entry] : found) {
    if (!entry.name.empty()) annotations.push_back(std::move(entry));
  }
  return annotations;
}

namespace {

bool may_mirror(const std::string& name) {
  // Writing and directions read wrong in a mirror.
  for (std::string_view hint :
       {"ABC", "abc", "ATM", "sign", "calendar", "map of", "clock", "watch", "calculator", "left",
        "right", "newspaper", "keyboard", "receipt"}) {
    if (name.find(hint) != std::string::npos) return false;
  }
  return true;
}

/// Keywords that say something of their own, not the name again.
std::vector<std::string> useful_keywords(const Annotation& annotation,
                                         const std::vector<std::string>& names) {
  std::vector<std::string> useful;
  for (const std::string& keyword : annotation.keywords) {
    const bool inside_name = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return name.find(keyword) != std::string::npos;
    });
    const bool is_word = std::all_of(keyword.begin(), keyword.end(), [](unsigned char c) {
      return c < 0x80 && (std::isalpha(c) || c == ' ');
    });
    if (!inside_name && is_word && keyword.size() >= 3) useful.push_back(keyword);
  }
  return useful;
}

class Builder {
 public:
  void add_pictogram(const Annotation& annotation, const Font& font) {
    std::vector<std::string> names = everyday_names(annotation.name);
    if (names.empty()) return;
    std::optional<Colour> colour;
    const std::size_t space = names[0].find(' ');
    if (space != std::string::npos) {
      colour = colour_named(std::string_view(names[0]).substr(0, space));
      if (colour) names[0].erase(0, space + 1);
    }
    Thing& thing = thing_named(names[0], ThingKind::pictogram);
    Variant variant = {
        std::make_shared<const Sprite>(font.emoji(annotation.character)), {}, colour};
    variant.dominant = variant.sprite->dominant();
    thing.variants.push_back(std::move(variant));
    merge(thing.synonyms, {names.begin() + 1, names.end()});
    merge(thing.keywords, useful_keywords(annotation, names));
    thing.may_mirror = thing.may_mirror && may_mirror(annotation.name);
  }

  void add_mask(const std::string& name, ThingKind kind, Sprite sprite) {
    Thing& thing = thing_named(name, kind);
    thing.variants.push_back({std::make_shared<const Sprite>(std::move(sprite)), {}, {}});
    if (kind != ThingKind::shape) thing.may_mirror = false;
  }

  std::vector<Thing> take() { return std::move(things_); }

 private:
  Thing& thing_named(const std::string& name, ThingKind kind) {
    const auto [entry, is_new] = index_.try_emplace(name, things_.size());
    if (is_new) {
      things_.emplace_back();
      things_.back().name = name;
      things_.back().kind = kind;
    }
    return things_[entry->second];
  }

  static void merge(std::vector<std::string>& into, const std::vector<std::string>& from) {
    for (const std::string& text : from) {
      if (std::find(into.begin(), into.end(), text) == into.end()) into.push_back(text);
    }
  }

  std::vector<Thing> things_;
  std::map<std::string, std::size_t> index_;
};

constexpr std::array kWords = {"hello", "love", "yes", "no",     "stop",  "hi",   "ok",    "cat",
                               "dog",   "sun",  "wow", "hot",    "cold",  "open", "sale",  "new",
                               "free",  "good", "bye", "thanks", "peace", "home", "party", "zoo",
                               "bar",   "go",   "win", "cool",   "happy", "music"};

void add_writing(Builder& builder, const Font& font) {
  for (char letter = 'A'; letter <= 'Z'; ++letter) {
    builder.add_mask(std::string("letter ") + letter, ThingKind::letter,
                     font.text(std::string(1, letter)));
  }
  for (char digit = '0'; digit <= '9'; ++digit) {
    builder.add_mask(std::string("number ") + digit, ThingKind::letter,
                     font.text(std::string(1, digit)));
  }
  for (std::string word : kWords) {
    const std::string name = "word " + word;
    builder.add_mask(name, ThingKind::word, font.text(word));
    for (char& c : word) c = char(std::toupper(static_cast<unsigned char>(c)));
    builder.add_mask(name, ThingKind::word, font.text(word));
  }
}

}  // namespace

std::vector<Thing> load_catalogue(const CataloguePaths& paths) {
  Builder builder;
  const Font emoji(paths.emoji_font);
  for (const Annotation& annotation : read_annotations(paths.annotations)) {
    // Latin and general punctuation are in the font too, but are no pictures.
    if (annotation.character >= 0x203C && emoji.has(annotation.character)) {
      builder.add_pictogram(annotation, emoji);
    }
  }
  for (std::string_view name : geometric_shape_names()) {
    builder.add_mask(std::string(name), ThingKind::shape, *geometric_shape(name));
  }
  for (const auto& path : {paths.sans, paths.serif}) add_writing(builder, Font(path));
  return builder.take();
}

}  // namespace clipguide::world
