#include "clipguide/guide/option_kinds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "clipguide/base/error.h"
#include "clipguide/guide/prompt_schedule.h"

namespace clipguide::guide {
namespace {

using nlohmann::json;

OptionSpec begin(const Doc& doc, OptionType type) {
  OptionSpec option;
  option.name = doc.name;
  option.short_name = doc.short_name;
  option.type = type;
  option.group = doc.group;
  option.placeholder = doc.placeholder;
  option.help = doc.help;
  return option;
}

double checked_number(const std::string& name, const json& value, double low, double high) {
  const double got = value.is_number() ? value.get<double>() : NAN;
  if (!std::isfinite(got) || got < low || got > high)
    refuse(name,
           high < kUnbounded ? fmt::format("a number from {} to {}", low, high)
                             : fmt::format("a finite number, {} or more", low),
           std::isfinite(got) || !value.is_number() ? value : json(fmt::format("{}", got)));
  return got;
}

bool is_whole_within(const json& value, int low, int high) {
  // Unsigned JSON numbers above 2^63 must not turn negative on the way.
  return value.is_number_integer() &&
         (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT32_MAX) &&
         value.get<std::int64_t>() >= low && value.get<std::int64_t>() <= high;
}

}  // namespace

[[noreturn]] void refuse(const std::string& name, const std::string& expected, const json& got) {
  constexpr std::size_t kShown = 60;  // a pasted novel must not drown the message
  std::string shown = got.dump(-1, ' ', false, json::error_handler_t::replace);
  if (shown.size() > kShown) shown = shown.substr(0, kShown) + "...";
  base::throw_error<base::UsageError>("{}: expected {}, got {}", name, expected, shown);
}

std::string check_not_empty(const std::string& got) {
  return got.empty() ? "a name or a path" : "";
}

OptionSpec flag(const Doc& doc, bool RunOptions::*field) {
  OptionSpec option = begin(doc, OptionType::flag);
  option.get = [field](const RunOptions& run) -> json { return run.*field; };
  option.set = [field, name = doc.name](RunOptions& run, const json& value) {
    if (!value.is_boolean()) refuse(name, "true or false", value);
    run.*field = value.get<bool>();
  };
  return option;
}

OptionSpec integer(const Doc& doc, int RunOptions::*field, int low, int high) {
  OptionSpec option = begin(doc, OptionType::integer);
  option.whole = true;
  option.minimum = low;
  option.maximum = high;
  option.get = [field](const RunOptions& run) -> json { return run.*field; };
  option.set = [field, low, high, name = doc.name](RunOptions& run, const json& value) {
    if (!is_whole_within(value, low, high))
      refuse(name, fmt::format("a whole number from {} to {}", low, high), value);
    run.*field = value.get<int>();
  };
  return option;
}

OptionSpec number(const Doc& doc, double RunOptions::*field, double low, double high) {
  OptionSpec option = begin(doc, OptionType::number);
  option.minimum = low;
  if (high < kUnbounded) option.maximum = high;
  option.get = [field](const RunOptions& run) -> json { return run.*field; };
  option.set = [field, low, high, name = doc.name](RunOptions& run, const json& value) {
    run.*field = checked_number(name, value, low, high);
  };
  return option;
}

OptionSpec curve(const Doc& doc, Curve RunOptions::*field, double low, double high) {
  OptionSpec option = begin(doc, OptionType::curve);
  option.minimum = low;
  if (high < kUnbounded) option.maximum = high;
  option.get = [field](const RunOptions& run) -> json {
    const Curve& curve = run.*field;
    return curve.constant() ? json(curve.at(0)) : json(curve.text());
  };
  option.set = [field, low, high, name = doc.name](RunOptions& run, const json& value) {
    if (!value.is_string()) {
      run.*field = checked_number(name, value, low, high);
      return;
    }
    const Curve got = Curve::parse(value.get_ref<const std::string&>(), name);
    checked_number(name, got.worst(low, high), low, high);
    run.*field = got;
  };
  return option;
}

OptionSpec count_curve(const Doc& doc, Curve RunOptions::*field, int low, int high) {
  OptionSpec option = begin(doc, OptionType::curve);
  option.whole = true;
  option.minimum = low;
  option.maximum = high;
  option.get = [field](const RunOptions& run) -> json {
    const Curve& curve = run.*field;
    return curve.constant() ? json(std::int64_t(curve.at(0))) : json(curve.text());
  };
  option.set = [field, low, high, name = doc.name](RunOptions& run, const json& value) {
    if (!value.is_string()) {
      if (!is_whole_within(value, low, high))
        refuse(name, fmt::format("a whole number from {} to {}, or a curve", low, high), value);
      run.*field = value.get<double>();
      return;
    }
    const Curve got = Curve::parse(value.get_ref<const std::string&>(), name);
    const double worst = checked_number(name, got.worst(low, high), low, high);
    if (got.constant() && worst != std::floor(worst))
      refuse(name, fmt::format("a whole number from {} to {}, or a curve", low, high), worst);
    run.*field = got;
  };
  return option;
}

OptionSpec factors(const Doc& doc, std::string RunOptions::*field) {
  OptionSpec option = text(doc, field, OptionType::curves);
  option.set = [set = option.set, name = doc.name](RunOptions& run, const json& value) {
    const std::string* const written = value.get_ptr<const std::string*>();
    if (written && !written->empty()) parse_factors(name, *written);
    set(run, value);
  };
  return option;
}

OptionSpec text(const Doc& doc, std::string RunOptions::*field, OptionType type,
                const Check& check) {
  OptionSpec option = begin(doc, type);
  option.get = [field](const RunOptions& run) -> json { return run.*field; };
  option.set = [field, check, name = doc.name](RunOptions& run, const json& value) {
    if (!value.is_string()) refuse(name, "a text", value);
    const std::string& got = value.get_ref<const std::string&>();
    if (const std::string expected = check ? check(got) : ""; !expected.empty())
      refuse(name, expected, value);
    run.*field = got;
  };
  return option;
}

OptionSpec choice(const Doc& doc, std::string RunOptions::*field,
                  const std::vector<std::string>& choices) {
  OptionSpec option = text(doc, field, OptionType::text, [choices](const std::string& got) {
    if (std::find(choices.begin(), choices.end(), got) != choices.end()) return std::string();
    const std::string meant = nearest(got, choices);
    return fmt::format("{}{}", fmt::join(choices, ", "),
                       meant.empty() ? "" : fmt::format(" (did you mean {}?)", meant));
  });
  option.choices = choices;
  return option;
}

OptionSpec list(const Doc& doc, std::vector<std::string> RunOptions::*field, const Check& check) {
  OptionSpec option = begin(doc, OptionType::list);
  option.get = [field](const RunOptions& run) -> json { return run.*field; };
  option.set = [field, check, name = doc.name](RunOptions& run, const json& value) {
    if (!value.is_array()) refuse(name, "a list of texts", value);
    for (const json& item : value) {
      if (!item.is_string()) refuse(name, "a text", item);
      const std::string expected = check ? check(item.get_ref<const std::string&>()) : "";
      if (!expected.empty()) refuse(name, expected, item);
    }
    run.*field = value.get<std::vector<std::string>>();
  };
  return option;
}

OptionSpec seed(const Doc& doc) {
  OptionSpec option = begin(doc, OptionType::integer);
  option.whole = true;
  option.minimum = 0;
  option.get = [](const RunOptions& run) -> json { return run.seed; };
  option.set = [name = doc.name](RunOptions& run, const json& value) {
    const bool negative =
        !value.is_number_unsigned() && value.is_number_integer() && value.get<std::int64_t>() < 0;
    if (!value.is_number_integer() || negative)
      refuse(name, "a whole number from 0 to 18446744073709551615", value);
    run.seed = value.get<std::uint64_t>();
  };
  return option;
}

}  // namespace clipguide::guide
