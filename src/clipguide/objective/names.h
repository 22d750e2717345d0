#pragma once

#include <string>
#include <vector>

/// Names of things, and which of them a text holds.
namespace clipguide::objective {

/// What a thing is called: the name that stands for it, and other words that mean it.
struct Name {
  std::string text;
  std::vector<std::string> also;
};

/// Reads "a ladybug; a ladybird": the name first, then what else it is called.
Name parse_name(const std::string& line);

/// Which names stand in a text word for word, by any of their words; in the names' order. Not those
/// within a longer one that does ("apple" in "green apple"), nor a medium, a time, a place or a
/// quality: the painting in "a painting of a magnet", the sunset in "a boat at sunset", the city in
/// "a cat in the city", the orange in "an orange cat". Of names that share the words said, the one
/// that they stand for is meant, else the first.
std::vector<std::string> names_said(const std::vector<Name>& names,
                                    const std::vector<std::string>& texts);

/// The colour that the texts give to a thing which names_said finds in them, right before its
/// words: "red" for the apple in "a red apple on a table"; empty where they give none.
std::string colour_said(const std::vector<Name>& names, const std::vector<std::string>& texts,
                        const std::string& name);

/// Where one thing that a text names lies, seen from another.
struct Relation {
  enum class Side { left, above };
  std::string one, other;  ///< names
  Side side = Side::left;  ///< of the other, on which the one lies
};

/// What the texts say of where the things lie that names_said finds in them: "a cat to the left of
/// a red car", "a boat under the moon", "a cup on top of a book". Only of two things that follow
/// one another.
std::vector<Relation> relations_said(const std::vector<Name>& names,
                                     const std::vector<std::string>& texts);

/// The names that contradict what is wanted: not those whose words, or other words for them, all
/// stand in a prompt ("cat" for "a cat on a beach"); articles do not count.
std::vector<std::string> contradicting(const std::vector<Name>& names,
                                       const std::vector<std::string>& prompts);

}  // namespace clipguide::objective
