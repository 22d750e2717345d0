#include "clipguide/workflow/option_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "clipguide/guide/named_files.h"

namespace clipguide::workflow {
namespace {

using guide::OptionType;
using nlohmann::json;

/// Six digits are plenty, and a command line can repeat them.
double six_digits(double value) {
  return std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr);
}

}  // namespace

const guide::OptionSpec* option_of_key(std::string key) {
  std::replace(key.begin(), key.end(), '_', '-');
  return guide::find_option(key);
}

OptionRange OptionRange::read(const SpecTable& table, const std::string& key) {
  OptionRange range;
  range.option_ = option_of_key(key);
  if (!range.option_) table.refuse(key, "the name of a run option", "'" + key + "'");
  const json value = table.value(key);
  const bool is_number = range.option_->type == OptionType::integer ||
                         range.option_->type == OptionType::number ||
                         range.option_->type == OptionType::curve;
  const std::string expected =
      is_number ? "{ from = .., to = .. } or a list of choices" : "a list of choices";
  if (value.is_array()) {
    if (value.empty()) table.refuse(key, expected, "an empty list");
    for (const json& choice : value)
      range.choices_.push_back(table.option_value(key, *range.option_, choice));
    return range;
  }
  if (!is_number || !value.is_object()) table.refuse(key, expected, value.dump());
  const SpecTable ends = *table.table(key);
  ends.expect_only({"from", "to"});
  range.is_whole_ = range.option_->whole;
  const double unbounded = std::numeric_limits<double>::infinity();
  constexpr std::int64_t kLargest = std::int64_t(1) << 30;  // a width that the draw can span
  range.from_ = range.is_whole_ ? double(ends.integer("from", -kLargest, kLargest))
                                : ends.number("from", -unbounded, unbounded);
  range.to_ = range.is_whole_ ? double(ends.integer("to", -kLargest, kLargest))
                              : ends.number("to", -unbounded, unbounded);
  if (range.from_ > range.to_)
    table.refuse(key, "a range from low to high",
                 fmt::format("from {} to {}", range.from_, range.to_));
  for (double end : {range.from_, range.to_})
    table.option_value(key, *range.option_, range.is_whole_ ? json(std::int64_t(end)) : json(end));
  return range;
}

json OptionRange::draw(base::RandomStream stream) const {
  if (!choices_.empty()) return choices_[std::size_t(stream.below(int(choices_.size())))];
  if (is_whole_) return std::int64_t(from_) + stream.below(int(to_ - from_) + 1);
  const double value = six_digits(from_ + (to_ - from_) * double(stream.uniform()));
  return std::clamp(value, from_, to_);
}

json OptionRange::contents() const {
  json all = json::array();
  for (const json& choice : choices_) {
    json held = guide::with_paths(*option_, choice, guide::file_digest);
    if (held != choice) all.push_back(std::move(held));
  }
  return all;
}

json OptionRange::identity() const {
  if (!choices_.empty()) return {{"option", name()}, {"choices", choices_}};
  return {{"option", name()}, {"from", from_}, {"to", to_}};
}

}  // namespace clipguide::workflow
