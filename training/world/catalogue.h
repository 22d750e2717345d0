#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "training/world/sprite.h"

/// Everything a scene can hold, by the names people use.
namespace clipguide::world {

enum class ThingKind { pictogram, shape, letter, word };

/// One way a thing can look.
struct Variant {
  std::shared_ptr<const Sprite> sprite;
  std::optional<Sprite::Dominant> dominant;
  std::optional<Colour> named_colour;  ///< the colour in its own name ("green apple")
};

/// One class of the world. Pictograms whose names differ by a colour word only are one thing.
struct Thing {
  ThingKind kind = ThingKind::pictogram;
  std::string name;                   ///< "apple"
  std::vector<std::string> synonyms;  ///< "ladybug", "ladybird"
  std::vector<std::string> keywords;  ///< what CLDR files it under
  std::vector<Variant> variants;
  bool may_mirror = true;
  bool may_be_recoloured = true;
};

/// What it is called in a sentence: "an owl", "scissors", "the letter A".
std::string phrase_of(const Thing& thing);

/// Where the material lies; the defaults are Debian's packages fonts-noto-color-emoji,
/// unicode-cldr-core and fonts-dejavu-core.
struct CataloguePaths {
  std::filesystem::path emoji_font = "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf";
  std::filesystem::path annotations = "/usr/share/unicode/cldr/common/annotations/en.xml";
  std::filesystem::path sans = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf";
  std::filesystem::path serif = "/usr/share/fonts/truetype/dejavu/DejaVuSerif-Bold.ttf";
};

/// The English names and keywords of single characters, as CLDR has them.
struct Annotation {
  char32_t character = 0;
  std::string name;
  std::vector<std::string> keywords;
};

/// Reads CLDR's annotation XML, in the file's order.   throws  IoError, FormatError
std::vector<Annotation> read_annotations(const std::filesystem::path& path);

/// Whether a pictogram that has no everyday name shows nothing worth learning.
bool is_left_out(std::string_view cldr_name);

/// Names under which a pictogram goes in the world: its class first, then synonyms. Empty for one
/// that is left out: skin tones, flags, buttons, arrows, clock faces but one, plain squares.
std::vector<std::string> everyday_names(const std::string& cldr_name);

/// All things, in an order that depends on the files alone.
/// cost  about two seconds and 150 MB for some 1,300 sprites.   throws  IoError, FormatError
std::vector<Thing> load_catalogue(const CataloguePaths& paths = {});

}  // namespace clipguide::world
