#include "clipguide/workflow/explore.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include "clipguide/base/error.h"
#include "clipguide/canvas/saved_collage.h"
#include "clipguide/guide/nearest.h"
#include "clipguide/guide/option_kinds.h"
#include "clipguide/objective/prompt_text.h"
#include "clipguide/weights/checksum.h"
#include "clipguide/workflow/prompt_mix.h"

namespace clipguide::workflow {
namespace {

using base::throw_error;
using base::UsageError;
using guide::OptionSpec;
using guide::OptionType;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    std::string_view part = text.substr(0, at);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    parts.emplace_back(part);
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

const OptionSpec& option_of(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  if (name == "seed") throw UsageError("sweep: expected --seeds N for several seeds, got seed");
  if (name == "batch" || name == "judge")
    throw_error<UsageError>("sweep: expected an option that changes the picture, got {}", name);
  if (const OptionSpec* option = guide::find_option(name)) return *option;
  std::vector<std::string> known;
  for (const OptionSpec& option : guide::option_table()) known.push_back(option.name);
  const std::string meant = guide::nearest(name, known);
  throw UsageError(fmt::format("sweep: expected the name of a run option, got '{}'", name),
                   meant.empty() ? "" : fmt::format("did you mean {}?", meant));
}

bool is_number(const OptionSpec& option) {
  return option.type == OptionType::integer || option.type == OptionType::number ||
         option.type == OptionType::curve;
}

/// LOW:HIGH:N as its values; nothing for another form.
std::optional<std::vector<std::string>> read_range(const OptionSpec& option,
                                                   const std::string& text) {
  const std::vector<std::string> parts = split(text, ':');
  if (!is_number(option) || parts.size() != 3) return std::nullopt;
  const auto low = guide::whole<double>(parts[0]), high = guide::whole<double>(parts[1]);
  const auto count = guide::whole<int>(parts[2]);
  if (!low || !high) return std::nullopt;
  if (!count || *count < 2 || *count > kMostCells)
    throw_error<UsageError>("sweep: expected from 2 to {} values, got {} in {}={}", kMostCells,
                            parts[2], option.name, text);
  std::vector<std::string> values;
  for (int i = 0; i < *count; ++i) {
    const double value = *low + (*high - *low) * i / (*count - 1);
    values.push_back(option.whole ? fmt::format("{}", std::llround(value))
                                  : fmt::format("{:.6g}", value));
  }
  return values;
}

void set(const OptionSpec& option, const std::string& value, guide::RunOptions& options) {
  try {
    option.set(options, guide::parse_value(option, {value}));
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("sweep: {}", error.what()), error.hint());
  }
}

void check_count(std::size_t cells) {
  if (cells > std::size_t(kMostCells))
    throw_error<UsageError>("explore: expected at most {} pictures, got {}", kMostCells, cells);
}

std::string seed_label(std::uint64_t seed) { return fmt::format("seed {}", seed); }

ExploreCell cell_of(const guide::RunOptions& base, int seed, std::string name) {
  ExploreCell cell;
  cell.options = base;
  cell.options.seed += std::uint64_t(seed);
  cell.options.batch = 1;
  cell.name = fmt::format("{}seed-{}.png", name, cell.options.seed);
  return cell;
}

}  // namespace

std::string file_word(const std::string& value) {
  constexpr std::size_t kLongest = 40;
  std::string word;
  for (const char c : value.substr(0, kLongest)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '+';
    word += plain ? c : '_';
  }
  if (word == value && !word.empty()) return word;
  return word + "-" + weights::sha256_of(value).substr(0, 8);
}

Sweep parse_sweep(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0)
    throw_error<UsageError>("sweep: expected OPTION=VALUES, got '{}'", text);
  Sweep sweep;
  sweep.option = &option_of(split(text.substr(0, equals), '=')[0]);
  const std::string values(text.substr(equals + 1));
  const bool semicolons = values.find(';') != std::string::npos;
  for (const std::string& part : split(values, semicolons ? ';' : ',')) {
    if (part.empty()) throw_error<UsageError>("sweep: expected a value, got none in '{}'", text);
    const auto range = read_range(*sweep.option, part);
    for (const std::string& value : range ? *range : std::vector<std::string>{part}) {
      guide::RunOptions tried;
      set(*sweep.option, value, tried);
      if (std::find(sweep.values.begin(), sweep.values.end(), value) != sweep.values.end())
        throw_error<UsageError>("sweep: expected each value once, got {} twice for {}", value,
                                sweep.option->name);
      sweep.values.push_back(value);
    }
  }
  check_count(sweep.values.size());
  return sweep;
}

ExploreGrid sweep_grid(const guide::RunOptions& base, const std::vector<Sweep>& sweeps, int seeds) {
  if (sweeps.size() > 2)
    throw_error<UsageError>("sweep: expected one or two options, got {}", sweeps.size());
  if (sweeps.size() == 2 && sweeps[0].option == sweeps[1].option)
    throw_error<UsageError>("sweep: expected two different options, got {} twice",
                            sweeps[0].option->name);
  std::size_t count = std::size_t(seeds);
  for (const Sweep& sweep : sweeps) count *= sweep.values.size();
  check_count(count);
  if (base.seed > std::numeric_limits<std::uint64_t>::max() - std::uint64_t(seeds))
    throw_error<UsageError>("seed: expected room for {} seeds, got {}", seeds, base.seed);

  ExploreGrid grid;
  if (!sweeps.empty())
    for (std::size_t i = 0; i < sweeps[0].values.size(); ++i)
      grid.columns.push_back(sweeps[0].label(i));
  if (sweeps.size() == 2)
    for (std::size_t j = 0; j < sweeps[1].values.size(); ++j)
      grid.rows.push_back(sweeps[1].label(j));
  for (int seed = 0; seed < seeds; ++seed) {
    const std::string label = seed_label(base.seed + std::uint64_t(seed));
    if (sweeps.size() == 1) grid.rows.push_back(label);
    if (sweeps.size() == 2) grid.blocks.push_back(label);
    for (std::size_t j = 0; j < (sweeps.size() == 2 ? sweeps[1].values.size() : 1); ++j) {
      for (std::size_t i = 0; i < (sweeps.empty() ? 1 : sweeps[0].values.size()); ++i) {
        std::string name;
        guide::RunOptions options = base;
        const std::size_t chosen[] = {i, j};
        for (std::size_t s = 0; s < sweeps.size(); ++s) {
          const std::string& value = sweeps[s].values[chosen[s]];
          set(*sweeps[s].option, value, options);
          name += fmt::format("{}-{}_", sweeps[s].option->name, file_word(value));
        }
        grid.cells.push_back(cell_of(options, seed, name));
        if (sweeps.empty()) grid.cells.back().label = label;
      }
    }
  }
  return grid;
}

bool departs_by_likeness(const guide::RunOptions& options) {
  std::error_code ignored;
  const bool looks = options.init == "search" || (!canvas::is_collage_name(options.init) &&
                                                  std::filesystem::exists(options.init, ignored));
  return options.canvas == "collage" && looks && options.strength > 0 &&
         options.image_weights.empty();
}

void depart_by_likeness(guide::RunOptions& options,
                        const std::vector<std::pair<std::filesystem::path, double>>& pictures,
                        double strength) {
  const double likeness = (1 - options.strength) / options.strength;
  for (const auto& [path, share] : pictures)
    if (const double weight = likeness * share; weight > 0)
      options.image_prompts.push_back(objective::format_prompts({{path.string(), weight}}));
  options.strength = strength;
}

ExploreGrid between_grid(const Endpoint& from, const Endpoint& to, const guide::RunOptions& options,
                         int count, int seeds,
                         const std::function<std::filesystem::path(double t)>& start_of) {
  check_count(std::size_t(count + 2) * std::size_t(seeds));
  ExploreGrid grid;
  for (int i = 0; i <= count + 1; ++i)
    grid.columns.push_back(fmt::format("t {:.3g}", double(i) / (count + 1)));
  for (int seed = 0; seed < seeds; ++seed) {
    grid.rows.push_back(seed_label(options.seed + std::uint64_t(seed)));
    for (int i = 0; i <= count + 1; ++i) {
      const double t = double(i) / (count + 1);
      ExploreCell cell = cell_of(options, seed, fmt::format("t-{:.4f}_", t));
      if (i == 0 || i == count + 1) {
        const Endpoint& end = i == 0 ? from : to;
        cell.options = end.options;
        cell.given = end.path;
        cell.name = end.path.filename().string();
      } else {
        cell.options.prompt = mixed_prompts(options.prompt, to.options.prompt, t);
        cell.options.negative_prompt =
            mixed_prompts(options.negative_prompt, to.options.negative_prompt, t);
        if (options.init == "search" && departs_by_likeness(options))
          depart_by_likeness(cell.options, {{start_of(0), 1 - t}, {start_of(1), t}},
                             from.options.strength);
        else
          cell.options.init = start_of(t).string();
      }
      grid.cells.push_back(std::move(cell));
    }
  }
  return grid;
}

}  // namespace clipguide::workflow
