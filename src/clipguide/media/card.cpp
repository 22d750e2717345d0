#include "clipguide/media/card.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace clipguide::media {
namespace {

using nlohmann::json;
using Settings = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kNegative = "Negative prompt:";
constexpr std::string_view kExactPrompt = "Prompt", kExactNegative = "Negative prompt";
constexpr std::string_view kSpace = " \t\r\n\v\f";

// With fewer, AUTOMATIC1111 takes the last line for a part of the prompt.
constexpr std::size_t kLeastSettings = 3;

std::string_view strip(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

std::string in_quotes(std::string_view value) {
  return json(value).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string quoted_if_needed(const std::string& value) {
  const bool plain = value.find_first_of(",:\n\"") == value.npos && strip(value) == value;
  return plain ? value : in_quotes(value);
}

std::string unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  const json parsed = json::parse(value, nullptr, /*allow_exceptions=*/false);
  return parsed.is_string() ? parsed.get<std::string>() : std::string(value);
}

bool is_name(char c) {
  return std::isalnum(std::uint8_t(c)) || c == ' ' || c == '_' || c == '-' || c == '/';
}

// The end of a value: behind the closing quote, or at the next comma.
std::size_t value_end(std::string_view line, std::size_t at) {
  if (at < line.size() && line[at] == '"') {
    for (std::size_t i = at + 1; i < line.size(); ++i) {
      if (line[i] == '\\')
        ++i;
      else if (line[i] == '"')
        return i + 1;
    }
  }
  return std::min(line.find(',', at), line.size());
}

// "Name: value, Name: "quoted, value""; what is not of this form is skipped up to its comma.
Settings parse_settings(std::string_view line) {
  Settings settings;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = at;
    while (end < line.size() && is_name(line[end])) ++end;
    const std::string_view name = strip(line.substr(at, end - at));
    if (name.empty() || end >= line.size() || line[end] != ':') {
      at = std::min(line.find(',', end), line.size()) + 1;
      continue;
    }
    at = std::min(line.find_first_not_of(' ', end + 1), line.size());
    end = value_end(line, at);
    settings.emplace_back(name, unquoted(strip(line.substr(at, end - at))));
    at = std::min(line.find(',', end), line.size()) + 1;
  }
  return settings;
}

template <class T>
bool read_number(std::string_view text, T& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && !text.empty();
}

template <class T>
bool read_number(std::string_view text, std::optional<T>& number) {
  T value{};
  if (!read_number(text, value)) return false;
  number = value;
  return true;
}

bool read_size(std::string_view text, std::optional<std::pair<int, int>>& size_px) {
  const std::size_t cross = text.find('x');
  std::pair<int, int> size;
  if (cross == text.npos || !read_number(text.substr(0, cross), size.first) ||
      !read_number(text.substr(cross + 1), size.second))
    return false;
  size_px = size;
  return true;
}

bool take_setting(Card& card, const std::string& name, const std::string& value) {
  if (name == "Steps" && !card.steps) return read_number(value, card.steps);
  if (name == "Seed" && !card.seed) return read_number(value, card.seed);
  if (name == "Size" && !card.size_px) return read_size(value, card.size_px);
  if (name == "Model" && card.model.empty()) return card.model = value, true;
  if (name == "Version" && card.version.empty()) return card.version = value, true;
  if (name == kExactPrompt) return card.prompt = value, true;
  if (name == kExactNegative) return card.negative_prompt = value, true;
  return false;
}

void append_line(std::string& text, std::string_view line) {
  if (!text.empty()) text += '\n';
  text += line;
}

void parse_prompts(Card& card, std::string_view text) {
  bool negative = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = strip(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (begins_with(line, kNegative)) {
      negative = true;
      line = strip(line.substr(kNegative.size()));
    }
    append_line(negative ? card.negative_prompt : card.prompt, line);
  }
}

std::string prompt_lines(const Card& card) {
  std::string text = card.prompt + "\n";
  if (!card.negative_prompt.empty())
    text += fmt::format("{} {}\n", kNegative, card.negative_prompt);
  return text;
}

Settings settings_of(const Card& card) {
  Settings settings;
  if (card.steps) settings.emplace_back("Steps", fmt::to_string(*card.steps));
  if (card.seed) settings.emplace_back("Seed", fmt::to_string(*card.seed));
  if (card.size_px)
    settings.emplace_back("Size", fmt::format("{}x{}", card.size_px->first, card.size_px->second));
  if (!card.model.empty()) settings.emplace_back("Model", card.model);
  if (!card.version.empty()) settings.emplace_back("Version", card.version);
  settings.insert(settings.end(), card.more.begin(), card.more.end());
  return settings;
}

}  // namespace

std::string format_card(const Card& card) {
  std::string text = prompt_lines(card);
  std::string line;
  const auto add = [&](std::string_view name, std::string_view value) {
    line += fmt::format("{}{}: {}", line.empty() ? "" : ", ", name, value);
  };
  const Settings settings = settings_of(card);
  for (const auto& [name, value] : settings) add(name, quoted_if_needed(value));
  // Would the prompts come back? Only then do they stand alone.
  Card again;
  parse_prompts(again, strip(text));
  const bool few = settings.size() < kLeastSettings;
  if (again.prompt != card.prompt || few) add(kExactPrompt, in_quotes(card.prompt));
  if (again.negative_prompt != card.negative_prompt || few)
    add(kExactNegative, in_quotes(card.negative_prompt));
  if (settings.empty()) add("Version", "");  // so that they are enough
  return text + line;
}

Card parse_card(std::string_view text) {
  Card card;
  text = strip(text);
  const std::size_t last = text.rfind('\n');
  const std::size_t line_at = last == text.npos ? 0 : last + 1;
  const Settings settings = parse_settings(text.substr(line_at));
  const bool has_settings = settings.size() >= kLeastSettings;
  parse_prompts(card, has_settings ? text.substr(0, line_at) : text);
  if (has_settings)
    for (const auto& [name, value] : settings)
      if (!take_setting(card, name, value)) card.more.emplace_back(name, value);
  return card;
}

}  // namespace clipguide::media
