#include "clipguide/workflow/option_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "clipguide/guide/option_kinds.h"

namespace clipguide::workflow {
namespace {

using guide::OptionType;
using nlohmann::json;

bool is_finite_number(const json& value) {
  return value.is_number() && std::isfinite(value.get<double>());
}

bool is_keyframe(const json& value) {
  return value.is_array() && value.size() == 2 && is_finite_number(value[0]) &&
         is_finite_number(value[1]);
}

bool are_keyframes(const json& value) {
  return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), is_keyframe);
}

std::string digits(const json& number) {
  return number.is_number_integer() ? number.dump() : fmt::format("{}", number.get<double>());
}

}  // namespace

std::string curve_text(const std::string& name, const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (is_finite_number(value)) return digits(value);
  if (!are_keyframes(value))
    guide::refuse(name, "a number, a text or keyframes [[t, value], ..]", value);
  std::string text;
  double before = -1;
  for (const json& keyframe : value) {
    const double t = keyframe[0].get<double>();
    if (!(t >= 0 && t <= 1 && t > before))
      guide::refuse(name, "keyframes [t, value] with t from 0 to 1, each later than the one before",
                    keyframe);
    before = t;
    text +=
        fmt::format("{}{}:{}", text.empty() ? "" : ", ", digits(keyframe[0]), digits(keyframe[1]));
  }
  return text;
}

json option_form(const guide::OptionSpec& option, const json& value) {
  const bool structured = value.is_array() || value.is_object();
  if (option.type == OptionType::curve && structured) return curve_text(option.name, value);
  if (option.type == OptionType::curves) {
    if (is_finite_number(value) || are_keyframes(value)) return curve_text(option.name, value);
    if (!value.is_array()) return value;
    std::string text;
    for (const json& item : value)
      text += (text.empty() ? "" : " | ") + curve_text(option.name, item);
    return text;
  }
  if (option.name == "view" && value.is_object()) {
    json settings = json::array();
    for (const auto& [part, strength] : value.items())
      settings.push_back(part + "=" + curve_text(option.name, strength));
    return settings;
  }
  return value;
}

}  // namespace clipguide::workflow
