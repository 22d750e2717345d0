#include <array>

#include "training/world/english.h"
#include "training/world/scene.h"

namespace clipguide::world {
namespace {

using namespace std::string_view_literals;

// {x} stands for the things. Repeated frames are the ones people use most.
constexpr std::array kFrames = {"{x}"sv,
                                "{x}"sv,
                                "{x}"sv,
                                "{x}"sv,
                                "{x}"sv,
                                "{x}"sv,
                                "{x}"sv,
                                "{x}"sv,
                                "a picture of {x}"sv,
                                "a picture of {x}"sv,
                                "an image of {x}"sv,
                                "a photo of {x}"sv,
                                "a drawing of {x}"sv,
                                "an illustration of {x}"sv,
                                "a painting of {x}"sv,
                                "an icon of {x}"sv,
                                "an emoji of {x}"sv,
                                "a cartoon of {x}"sv,
                                "clip art of {x}"sv,
                                "a pictogram of {x}"sv,
                                "picture of {x}"sv,
                                "photo of {x}"sv,
                                "this is {x}"sv,
                                "there is {x}"sv,
                                "i see {x}"sv,
                                "draw {x}"sv,
                                "show me {x}"sv,
                                "draw me {x}"sv,
                                "make a picture of {x}"sv,
                                "please draw {x}"sv,
                                "a nice picture of {x}"sv,
                                "a beautiful picture of {x}"sv,
                                "a simple drawing of {x}"sv,
                                "a photograph of {x}"sv,
                                "a digital painting of {x}"sv,
                                "{x}, detailed"sv,
                                "i want {x}"sv,
                                "can you draw {x}"sv,
                                "a colorful picture of {x}"sv,
                                "a children's drawing of {x}"sv};
constexpr std::array kHeldOutFrames = {"a rendering of {x}"sv,         "here we see {x}"sv,
                                       "could you paint {x} for me"sv, "an artwork showing {x}"sv,
                                       "give me a picture with {x}"sv, "a little picture of {x}"sv,
                                       "i would like to see {x}"sv,    "a symbol for {x}"sv};

constexpr std::array kBlackAndWhite = {
    "a black and white picture of {x}"sv, "{x} in black and white"sv,
    "a black and white photo of {x}"sv, "{x}, black and white"sv};
constexpr std::array kPixelated = {"pixel art of {x}"sv, "{x} in pixel art style"sv,
                                   "a pixelated picture of {x}"sv, "{x}, pixel art"sv,
                                   "{x} as pixel art"sv};
constexpr std::array kOutline = {"an outline of {x}"sv, "a line drawing of {x}"sv,
                                 "a sketch of {x}"sv, "a pencil drawing of {x}"sv,
                                 "the outlines of {x}"sv};
constexpr std::array kBlurred = {"a blurry picture of {x}"sv, "a blurred photo of {x}"sv,
                                 "{x}, out of focus"sv, "{x}, blurry"sv};
constexpr std::array kPastel = {"{x} in pastel colors"sv, "a pastel drawing of {x}"sv,
                                "a pale picture of {x}"sv, "{x} in pale colors"sv};
constexpr std::array kDark = {"a dark picture of {x}"sv, "{x} in the dark"sv, "{x} in darkness"sv,
                              "a dim photo of {x}"sv};
constexpr std::array kSilhouette = {"the silhouette of {x}"sv, "a silhouette of {x}"sv,
                                    "{x} as a silhouette"sv, "the shadow of {x}"sv};
constexpr std::array kSepia = {"an old photo of {x}"sv, "{x} in sepia"sv,
                               "a vintage photo of {x}"sv, "a sepia picture of {x}"sv};

std::span<const std::string_view> style_frames(Style style) {
  switch (style) {
    case Style::black_and_white:
      return kBlackAndWhite;
    case Style::pixelated:
      return kPixelated;
    case Style::outline:
      return kOutline;
    case Style::blurred:
      return kBlurred;
    case Style::pastel:
      return kPastel;
    case Style::dark:
      return kDark;
    case Style::silhouette:
      return kSilhouette;
    case Style::sepia:
      return kSepia;
    case Style::none:
      break;
  }
  return {};
}

std::string_view pick(std::span<const std::string_view> from, base::RandomStream& stream) {
  return from[std::size_t(stream.below(int(from.size())))];
}

std::string with(std::string_view frame, std::string_view slot, std::string_view text) {
  std::string result(frame);
  const std::size_t at = result.find(slot);
  if (at != std::string::npos) result.replace(at, slot.size(), text);
  return result;
}

/// The thing's own name, or a synonym, or (seldom) a word it is filed under.
std::string noun_of(const Thing& thing, base::RandomStream& stream) {
  const float choice = stream.uniform();
  if (!thing.synonyms.empty() && choice < 0.45f) {
    return thing.synonyms[std::size_t(stream.below(int(thing.synonyms.size())))];
  }
  return thing.name;
}

std::string colour_word(const Item& item, const Thing& thing, base::RandomStream& stream) {
  if (!item.say_colour) return {};
  const Variant& variant = thing.variants[std::size_t(item.variant)];
  const Colour colour = item.tint              ? *item.tint
                        : variant.named_colour ? *variant.named_colour
                                               : variant.dominant->name;
  const auto words = words_of(colour);
  return std::string(stream.chance(0.85f) ? words[0] : pick(words, stream));
}

/// "the letter A", "a red letter A", "the word hello in blue"
std::string writing_phrase(const Thing& thing, const std::string& colour,
                           base::RandomStream& stream) {
  if (colour.empty()) {
    const bool quoted = thing.kind == ThingKind::word && stream.chance(0.3f);
    return quoted ? "the text \"" + thing.name.substr(5) + "\"" : "the " + thing.name;
  }
  return stream.chance(0.5f) ? with_article(colour + " " + thing.name)
                             : "the " + thing.name + " in " + colour;
}

std::string_view size_adjective(SizeWord word, base::RandomStream& stream) {
  constexpr std::array kSmall = {"small"sv, "tiny"sv, "little"sv};
  constexpr std::array kBig = {"big"sv, "large"sv, "huge"sv, "close-up"sv};
  if (word == SizeWord::small) return pick(kSmall, stream);
  return word == SizeWord::big ? pick(kBig, stream) : ""sv;
}

std::string item_phrase(const Item& item, const std::vector<Thing>& things, SizeWord size,
                        base::RandomStream& stream) {
  const Thing& thing = things[std::size_t(item.thing)];
  const std::string colour = colour_word(item, thing, stream);
  if (thing.kind == ThingKind::letter || thing.kind == ThingKind::word)
    return writing_phrase(thing, colour, stream);
  const std::string noun = noun_of(thing, stream);
  std::string phrase = std::string(size_adjective(size, stream));
  if (phrase == "close-up")
    return "a close-up of " + (takes_no_article(noun) ? noun : with_article(noun));
  for (const std::string& part : {colour, noun}) {
    if (part.empty() || (part == colour && noun.starts_with(colour + " "))) continue;
    phrase += phrase.empty() ? part : " " + part;
  }
  const bool bare = takes_no_article(noun) || stream.chance(0.12f);
  if (!bare && size == SizeWord::none && stream.chance(0.04f)) return "the " + phrase;
  return bare ? phrase : with_article(phrase);
}

std::string count_phrase(const Scene& scene, const std::vector<Thing>& things,
                         base::RandomStream& stream) {
  constexpr std::array kNumbers = {"two"sv, "three"sv, "four"sv, "five"sv, "six"sv};
  const Item& item = scene.items[0];
  const Thing& thing = things[std::size_t(item.thing)];
  const std::string colour = colour_word(item, thing, stream);
  std::string noun = noun_of(thing, stream);
  if (!counts_well(noun)) noun = thing.name;
  const std::size_t count = scene.items.size();
  std::string number(kNumbers[count - 2]);
  if (count == 2 && stream.chance(0.15f)) number = "a pair of";
  if (count >= 4 && stream.chance(0.4f)) number = stream.chance(0.5f) ? "many" : "several";
  return number + " " + (colour.empty() ? "" : colour + " ") + plural_of(noun);
}

std::string pair_phrase(const Scene& scene, const std::vector<Thing>& things,
                        base::RandomStream& stream) {
  constexpr std::array kTogether = {"{a} and {b}"sv, "{a} and {b}"sv, "{a} next to {b}"sv,
                                    "{a} beside {b}"sv, "{a} with {b}"sv};
  constexpr std::array kLeft = {"{a} left of {b}"sv, "{a} to the left of {b}"sv,
                                "{b} right of {a}"sv, "{b} to the right of {a}"sv,
                                "{a} on the left and {b} on the right"sv};
  constexpr std::array kAbove = {"{a} above {b}"sv, "{a} over {b}"sv,  "{a} on top of {b}"sv,
                                 "{b} below {a}"sv, "{b} under {a}"sv, "{a} on {b}"sv};
  constexpr std::array kInside = {"{a} inside {b}"sv, "{a} in {b}"sv, "{b} with {a} in it"sv,
                                  "{b} around {a}"sv};
  const std::string a = item_phrase(scene.items[0], things, SizeWord::none, stream);
  const std::string b = item_phrase(scene.items[1], things, SizeWord::none, stream);
  std::string_view frame;
  switch (scene.relation) {
    case Relation::left_of:
      frame = pick(kLeft, stream);
      break;
    case Relation::above:
      frame = pick(kAbove, stream);
      break;
    case Relation::inside:
      frame = pick(kInside, stream);
      break;
    default:
      frame = pick(kTogether, stream);
  }
  const bool b_first = frame.starts_with("{b}");
  return with(with(frame, b_first ? "{b}" : "{a}", b_first ? b : a), b_first ? "{a}" : "{b}",
              b_first ? a : b);
}

std::string place_phrase(Place place, base::RandomStream& stream) {
  constexpr std::array<std::string_view, 9> kPlaces = {"",
                                                       " on the left",
                                                       " on the right",
                                                       " at the top",
                                                       " at the bottom",
                                                       " in the top left corner",
                                                       " in the top right corner",
                                                       " in the bottom left corner",
                                                       " in the bottom right corner"};
  if (place == Place::left && stream.chance(0.3f)) return " on the left side";
  if (place == Place::right && stream.chance(0.3f)) return " on the right side";
  return std::string(kPlaces[std::size_t(place)]);
}

}  // namespace

std::span<const std::string_view> sentence_frames(Split split) {
  if (split == Split::held_out) return kHeldOutFrames;
  return kFrames;
}

std::string caption_of(const Scene& scene, const std::vector<Thing>& things,
                       base::RandomStream stream, Split split) {
  std::string text;
  if (scene.items.empty()) {
    text = filled(pick(names_for(scene.backdrop.kind), stream), scene.backdrop, stream);
  } else if (scene.is_count()) {
    text = count_phrase(scene, things, stream);
  } else if (scene.items.size() == 2) {
    text = pair_phrase(scene, things, stream);
  } else {
    text = item_phrase(scene.items[0], things, scene.size_word, stream) +
           place_phrase(scene.place, stream);
    const Thing& thing = things[std::size_t(scene.items[0].thing)];
    if (!thing.keywords.empty() && stream.chance(0.06f)) {
      text += ", " + thing.keywords[std::size_t(stream.below(int(thing.keywords.size())))];
    }
  }
  if (scene.say_backdrop && !scene.items.empty()) {
    const std::string where =
        filled(pick(phrases_for(scene.backdrop.kind), stream), scene.backdrop, stream);
    text += where.starts_with(",") ? where : " " + where;
  }
  const auto frames =
      scene.style == Style::none ? sentence_frames(split) : style_frames(scene.style);
  return with(pick(frames, stream), "{x}", text);
}

}  // namespace clipguide::world
