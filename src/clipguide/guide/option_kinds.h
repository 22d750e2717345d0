#pragma once

#include <charconv>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clipguide/guide/option_table.h"

/// The kinds of run options: each makes the specification of one, with its check. For option_table
/// only.
namespace clipguide::guide {

struct Doc {
  std::string name;
  char short_name = 0;
  std::string group;
  std::string placeholder;
  std::string help;
};

/// A check of one text: returns what was expected when it does not hold, otherwise nothing.
using Check = std::function<std::string(const std::string&)>;

/// A name or a path of at least one character.
std::string check_not_empty(const std::string& got);

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

OptionSpec flag(const Doc& doc, bool RunOptions::*field);
OptionSpec integer(const Doc& doc, int RunOptions::*field, int low, int high);
OptionSpec number(const Doc& doc, double RunOptions::*field, double low, double high);
OptionSpec curve(const Doc& doc, Curve RunOptions::*field, double low, double high);
/// Whole numbers: a constant is one, the values of a curve are rounded.
OptionSpec count_curve(const Doc& doc, Curve RunOptions::*field, int low, int high);
/// CURVE | CURVE ..: factors of 0 or more on some weights.
OptionSpec factors(const Doc& doc, std::string RunOptions::*field);
OptionSpec text(const Doc& doc, std::string RunOptions::*field, OptionType type = OptionType::text,
                const Check& check = {});
OptionSpec choice(const Doc& doc, std::string RunOptions::*field,
                  const std::vector<std::string>& choices);
OptionSpec list(const Doc& doc, std::vector<std::string> RunOptions::*field,
                const Check& check = {});
OptionSpec seed(const Doc& doc);

/// throws  UsageError "name: expected .., got .."
[[noreturn]] void refuse(const std::string& name, const std::string& expected,
                         const nlohmann::json& got);

/// The number that all of `digits` spells, or nothing.
template <class Number>
std::optional<Number> whole(std::string_view digits) {
  Number value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace clipguide::guide
