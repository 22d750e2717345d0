#include "clipguide/workflow/scene.h"

#include <fmt/format.h>

#include <algorithm>

#include "clipguide/base/error.h"
#include "clipguide/guide/region.h"
#include "clipguide/imaging/resample.h"
#include "clipguide/objective/prompt_text.h"

namespace clipguide::workflow {
namespace {

constexpr double kLargestWeight = 1e6;
// Shares are written with a few digits: boxes that touch may cross by the last of them.
constexpr double kRounding = 1e-6;
// How finely two places are compared where one is a mask.
constexpr int kGrid = 256;

struct Part {
  std::string prompt;
  guide::Region region;  ///< with its mask read
  bool overlap = false;
  int line = 0;
};

/// The place as a region option writes it, up to the colon.
std::string place_of(const SpecTable& table) {
  if (table.has("mask")) {
    const std::string path = table.picture_from_here("mask", table.text("mask")).string();
    if (path.find(':') != std::string::npos)
      table.refuse("mask", "a path without ':'", fmt::format("'{}'", path));
    return "mask=" + path;
  }
  const nlohmann::json box = table.value("box");
  const bool numbers = box.is_array() && box.size() == 4 &&
                       std::all_of(box.begin(), box.end(), [](const auto& share) {
                         return share.is_number() && share >= 0 && share <= 1;
                       });
  if (!numbers)
    table.refuse("box", "[x, y, width, height] with shares from 0 to 1",
                 box.is_null() ? "none" : box.dump());
  const auto at = [&](int i) { return box[std::size_t(i)].get<double>(); };
  if (!(at(2) > 0 && at(3) > 0 && at(0) + at(2) <= 1 + kRounding && at(1) + at(3) <= 1 + kRounding))
    table.refuse("box", "a box inside the picture", box.dump());
  return fmt::format("{},{},{},{}", at(0), at(1), at(2), at(3));
}

/// Texts of a table with a weight over them.
std::vector<objective::PromptText> weighted(const SpecTable& table, const std::string& key,
                                            double weight) {
  try {
    std::vector<objective::PromptText> prompts = objective::parse_prompts(table.text(key), key);
    for (objective::PromptText& prompt : prompts) prompt.weight *= weight;
    return prompts;
  } catch (const base::UsageError& error) {
    throw base::UsageError(
        fmt::format("{}: line {}: {}", table.source(), table.line_of(key), error.what()));
  }
}

/// [kGrid, kGrid] of bool: where a part lies.
at::Tensor cells_of(const guide::Region& region) {
  const auto cell = [](double share) { return std::int64_t(std::lround(share * kGrid)); };
  const std::int64_t top = cell(region.y), left = cell(region.x);
  const std::int64_t height = std::max<std::int64_t>(1, cell(region.y + region.height) - top);
  const std::int64_t width = std::max<std::int64_t>(1, cell(region.x + region.width) - left);
  at::Tensor cells = torch::zeros({kGrid, kGrid}, torch::kBool);
  at::Tensor own = cells.slice(0, top, top + height).slice(1, left, left + width);
  if (region.inside.defined())
    own.copy_(imaging::resize_bicubic(region.inside, int(own.size(0)), int(own.size(1)))[0][0] >
              0.5);
  else
    own.fill_(true);
  return cells;
}

bool overlap(const guide::Region& a, const guide::Region& b) {
  const bool boxes = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x) > kRounding &&
                     std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y) > kRounding;
  if (!boxes || (!a.inside.defined() && !b.inside.defined())) return boxes;
  return torch::logical_and(cells_of(a), cells_of(b)).any().item<bool>();
}

Part read_part(const SpecTable& table, std::vector<std::string>& regions) {
  table.expect_only({"prompt", "weight", "negative", "box", "mask", "overlap"});
  if (table.has("box") && table.has("mask")) table.refuse("mask", "either box or mask", "both");
  const double weight = table.number("weight", 1 / kLargestWeight, kLargestWeight, 1);
  const std::string place = place_of(table);
  const auto add = [&](const std::string& key, double by) {
    const std::vector<objective::PromptText> prompts = weighted(table, key, by);
    if (prompts.size() != 1)
      table.refuse(key, "one prompt a part", fmt::format("{}", prompts.size()));
    regions.push_back(place + ": " + objective::format_prompts(prompts));
  };
  add("prompt", weight);
  Part part;
  part.region = guide::load_region(regions.back());
  if (table.has("negative")) add("negative", -weight);
  part.prompt = table.text("prompt");
  part.overlap = table.flag("overlap", false);
  part.line = table.line();
  return part;
}

}  // namespace

void apply_scene(const SpecTable& scene, guide::RunOptions& options) {
  scene.expect_only({"background", "weight", "negative", "options", "part"});
  if (const std::optional<SpecTable> own = scene.table("options")) {
    own->expect_only({}, /*and_run_options=*/true);
    for (const char* key : {"prompt", "region"})
      if (own->has(key)) own->refuse(key, "background and [[part]] instead", "it in [options]");
    own->apply_run_options(options);
  }

  // The whole picture's prompts.
  const double weight = scene.number("weight", 1 / kLargestWeight, kLargestWeight, 1);
  options.prompt = objective::format_prompts(weighted(scene, "background", weight));
  if (scene.has("negative")) {
    const std::string negative = objective::format_prompts(weighted(scene, "negative", 1));
    options.negative_prompt += (options.negative_prompt.empty() ? "" : " | ") + negative;
  }

  // Its parts.
  options.regions.clear();
  std::vector<Part> parts;
  for (const SpecTable& table : scene.tables("part")) {
    Part part = read_part(table, options.regions);
    for (const Part& other : parts)
      if (!part.overlap && !other.overlap && overlap(part.region, other.region))
        table.refuse(
            table.has("mask") ? "mask" : "box",
            "parts beside one another, or overlap = true in one of them",
            fmt::format("'{}' over '{}' of line {}", part.prompt, other.prompt, other.line));
    parts.push_back(std::move(part));
  }
  if (parts.empty()) scene.refuse("part", "at least one [[part]]", "none");
}

}  // namespace clipguide::workflow
