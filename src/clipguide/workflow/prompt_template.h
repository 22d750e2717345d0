#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace clipguide::workflow {

/// A prompt with slots: "a {colour} {class} on {backdrop}".
class PromptTemplate {
 public:
  /// throws  UsageError that begins with "prompt" for a brace without its fellow and a slot without
  ///         a name, and for text that is empty
  static PromptTemplate parse(std::string_view text);

  /// The names of its slots, each once, in the order of the text.
  std::vector<std::string> slots() const;

  /// The prompt with these words, one for each slot. An article "a" or "an" right before a slot
  /// follows the word: "a {class}" becomes "an apple".
  std::string fill(const std::map<std::string, std::string>& words) const;

  const std::string& text() const { return text_; }

 private:
  struct Piece {
    std::string text;  ///< of the prompt, or a slot's name
    bool is_slot = false;
  };
  std::string text_;
  std::vector<Piece> pieces_;
};

/// Whether "an" stands before this word rather than "a", going by its letters.
bool wants_an(std::string_view word);

/// "an apple"
std::string with_article(std::string_view word);

}  // namespace clipguide::workflow
