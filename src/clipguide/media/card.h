#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The generation card: what made a picture, as text in the layout that AUTOMATIC1111 made common
/// and the field's tools read from `parameters`:
///
///   a red apple
///   Negative prompt: text, watermark
///   Steps: 200, Seed: 7, Size: 512x512, Model: ViT-B-32, Version: clipguide 0.1.0
namespace clipguide::media {

struct Card {
  std::string prompt;
  std::string negative_prompt;
  std::optional<std::int64_t> steps;
  std::optional<std::uint64_t> seed;
  std::optional<std::pair<int, int>> size_px;  ///< width, height
  std::string model;
  std::string version;
  std::vector<std::pair<std::string, std::string>> more;  ///< further settings, in order

  bool operator==(const Card&) const = default;
};

/// Values with a comma, colon, quote or line break stand in JSON quotes. The layout has no way to
/// write some prompts (a line that begins with `Negative prompt:`, space around lines): their exact
/// text is added as a quoted setting, so that parse_card gives every valid UTF-8 prompt back.
/// Setting names in `more` are made of letters, digits, space, _, - and /.
std::string format_card(const Card& card);

/// Reads cards, those of other programs too. Never throws: text without settings is a prompt, and a
/// setting that is not the number it should be stays in `more`. Cost: linear.
Card parse_card(std::string_view text);

}  // namespace clipguide::media
