#include "clipguide/clip/json_section.h"

#include <algorithm>
#include <utility>

#include "clipguide/base/error.h"

namespace clipguide::clip {
namespace {

using base::FormatError;
using base::throw_error;
using nlohmann::json;

// A value as a message shows it: ASCII on one line, cut short.
std::string shown(const json& value) {
  constexpr std::size_t kLongest = 60;
  if (value.is_structured()) {
    return fmt::format("{} of {}", value.is_array() ? "a list" : "an object", value.size());
  }
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true, json::error_handler_t::replace);
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

std::string shown_key(std::string_view key) { return shown(std::string(key)); }

}  // namespace

JsonSection::JsonSection(json object, std::string source, std::string path)
    : object_(std::move(object)), source_(std::move(source)), path_(std::move(path)) {}

JsonSection JsonSection::parse(const std::string& text, const std::string& source) {
  json value;
  try {
    value = json::parse(text);
  } catch (const json::parse_error& error) {
    throw_error<FormatError>("{}: expected JSON, got something else at byte {}", source,
                             error.byte);
  } catch (const json::exception&) {  // a number beyond double
    throw_error<FormatError>("{}: expected JSON with numbers in range", source);
  }
  if (!value.is_object()) {
    throw_error<FormatError>("{}: expected a JSON object, got {}", source, shown(value));
  }
  return {std::move(value), source, ""};
}

const json* JsonSection::find(std::string_view key) const {
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

bool JsonSection::has(std::string_view key) const { return find(key) != nullptr; }

void JsonSection::demand(std::string_view key) const {
  if (!has(key)) throw_error<FormatError>("{}: expected a value, got none", where(key));
}

std::string JsonSection::where(std::string_view key) const {
  return fmt::format("{}: {}{}", source_, path_, key);
}

void JsonSection::expected(std::string_view what, std::string_view key, const json& got) const {
  throw_error<FormatError>("{}: expected {}, got {}", where(key), what, shown(got));
}

std::int64_t JsonSection::to_whole(const json& value, std::string_view key, std::int64_t low,
                                   std::int64_t high) const {
  const bool fits = value.is_number_unsigned()
                        ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(high) &&
                              value.get<std::int64_t>() >= low
                        : value.is_number_integer() && value.get<std::int64_t>() >= low &&
                              value.get<std::int64_t>() <= high;
  if (!fits) expected(fmt::format("a whole number from {} to {}", low, high), key, value);
  return value.get<std::int64_t>();
}

double JsonSection::to_number(const json& value, std::string_view key, double low,
                              double high) const {
  if (!value.is_number() || !(value.get<double>() >= low && value.get<double>() <= high)) {
    expected(fmt::format("a number from {} to {}", low, high), key, value);
  }
  return value.get<double>();
}

std::int64_t JsonSection::whole(std::string_view key, std::int64_t fallback, std::int64_t low,
                                std::int64_t high) const {
  const json* value = find(key);
  return value ? to_whole(*value, key, low, high) : fallback;
}

double JsonSection::number(std::string_view key, double fallback, double low, double high) const {
  const json* value = find(key);
  return value ? to_number(*value, key, low, high) : fallback;
}

bool JsonSection::flag(std::string_view key, bool fallback) const {
  const json* value = find(key);
  if (!value) return fallback;
  if (!value->is_boolean()) expected("true or false", key, *value);
  return value->get<bool>();
}

std::string JsonSection::text(std::string_view key, std::string_view fallback) const {
  const json* value = find(key);
  if (!value) return std::string(fallback);
  if (!value->is_string()) expected("a string", key, *value);
  return value->get<std::string>();
}

std::int64_t JsonSection::side(std::string_view key, std::int64_t fallback, std::int64_t low,
                               std::int64_t high) const {
  if (!is_list(key)) return whole(key, fallback, low, high);
  const std::vector<std::int64_t> sides = whole_list(key, 2, low, high);
  if (sides[0] != sides[1]) {
    throw_error<FormatError>("{}: expected a square, got {} x {}", where(key), sides[0], sides[1]);
  }
  return sides[0];
}

bool JsonSection::is_list(std::string_view key) const {
  const json* value = find(key);
  return value && value->is_array();
}

std::vector<std::int64_t> JsonSection::whole_list(std::string_view key, std::size_t count,
                                                  std::int64_t low, std::int64_t high) const {
  const json* value = find(key);
  if (!value || !value->is_array() || value->size() != count) {
    expected(fmt::format("a list of {} whole numbers", count), key, value ? *value : json());
  }
  std::vector<std::int64_t> list;
  for (const json& item : *value) list.push_back(to_whole(item, key, low, high));
  return list;
}

std::vector<double> JsonSection::number_list(std::string_view key, std::size_t count, double low,
                                             double high) const {
  const json* value = find(key);
  if (!value || !value->is_array() || value->size() != count) {
    expected(fmt::format("a list of {} numbers", count), key, value ? *value : json());
  }
  std::vector<double> list;
  for (const json& item : *value) list.push_back(to_number(item, key, low, high));
  return list;
}

JsonSection JsonSection::section(std::string_view key) const {
  const json* value = find(key);
  if (value && !value->is_object()) expected("an object", key, *value);
  return {value ? *value : json::object(), source_, fmt::format("{}{}.", path_, key)};
}

JsonSection JsonSection::overlaid(const JsonSection& other) const {
  json object = object_;
  object.update(other.object_);
  return {std::move(object), source_, path_};
}

void JsonSection::refuse(std::string_view key, std::string_view why) const {
  const json* value = find(key);
  throw_error<FormatError>("{}: not supported: {}{} = {} ({})", source_, path_, key,
                           shown(value ? *value : json()), why);
}

void JsonSection::allow_only(std::initializer_list<std::string_view> keys) const {
  for (const auto& [key, value] : object_.items()) {
    if (value.is_null() || std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    throw_error<FormatError>("{}: not supported: unknown key {} in {}", source_, shown_key(key),
                             path_.substr(0, path_.size() - 1));
  }
}

}  // namespace clipguide::clip
