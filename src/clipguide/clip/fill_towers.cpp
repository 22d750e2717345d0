#include "clipguide/clip/fill_towers.h"

#include <fmt/ranges.h>

#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include "clipguide/base/error.h"
#include "clipguide/imaging/resample.h"
#include "clipguide/weights/printable.h"

namespace clipguide::clip {
namespace {

using Shape = std::vector<std::int64_t>;

std::string shown(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

// Side of the grid in a table of 1 + n*n positions.
std::optional<int> grid_side(const Shape& shape) {
  if (shape.size() != 2 || shape[0] < 2) return {};
  const auto side = std::llround(std::sqrt(static_cast<double>(shape[0] - 1)));
  if (side * side + 1 != shape[0]) return {};
  return static_cast<int>(side);
}

bool is_image_positions(std::string_view name) {
  return name == "visual.positional_embedding" || name == "visual.attnpool.positional_embedding";
}

bool fits(const std::string& name, const Shape& stored, const Shape& wanted) {
  if (stored == wanted) return true;
  const bool scalar = wanted.empty() && stored == Shape{1};  // some write logit_scale so
  return scalar || (is_image_positions(name) && grid_side(stored) && stored[1] == wanted[1]);
}

void add_problem(std::vector<std::string>& problems, std::string_view kind,
                 const std::vector<std::string>& names) {
  if (names.empty()) return;
  problems.push_back(fmt::format("{} {}: {}", names.size(), kind, fmt::join(names, ", ")));
}

void compare(const Checkpoint& checkpoint, const std::map<std::string, at::Tensor>& wanted) {
  std::vector<std::string> missing, unexpected, misshapen;
  for (const auto& [name, tensor] : wanted) {
    const auto found = checkpoint.weights.find(name);
    if (found == checkpoint.weights.end()) {
      missing.push_back(name);
    } else if (const Shape stored = found->second.shape();
               !fits(name, stored, tensor.sizes().vec())) {
      misshapen.push_back(fmt::format("{} (expected {}, got {})", name, shown(tensor.sizes().vec()),
                                      shown(stored)));
    }
  }
  for (const auto& [name, weight] : checkpoint.weights) {
    if (!wanted.count(name)) unexpected.push_back(weights::printable(name));
  }
  std::vector<std::string> problems;
  add_problem(problems, "missing", missing);
  add_problem(problems, "unexpected", unexpected);
  add_problem(problems, "of another shape", misshapen);
  if (problems.empty()) return;
  base::throw_error<base::FormatError>("{}: the weights do not fit the model: {}",
                                       checkpoint.source, fmt::join(problems, "; "));
}

}  // namespace

at::Tensor resize_positions(const at::Tensor& positions, int side) {
  const std::int64_t from = grid_side(positions.sizes().vec()).value(), width = positions.size(1);
  const at::Tensor grid =
      positions.slice(0, 1).view({1, from, from, width}).permute({0, 3, 1, 2}).contiguous();
  const at::Tensor resized = imaging::resize_bicubic(grid, side, side);
  return torch::cat({positions.slice(0, 0, 1),
                     resized.permute({0, 2, 3, 1}).reshape({std::int64_t{side} * side, width})});
}

void fill_towers(const Checkpoint& checkpoint, const FillOptions& options, Towers& towers) {
  if (checkpoint.weights.count("logit_bias")) towers.logit_bias = torch::zeros({});
  const std::map<std::string, at::Tensor> wanted = towers.tensors();
  compare(checkpoint, wanted);

  std::vector<std::string> not_finite;
  for (const auto& [name, tensor] : wanted) {
    if (options.known) {
      if (name.starts_with("visual.")) continue;
      tensor.set_data(
          checkpoint.weights.at(name).read_in_place(checkpoint.owner).view(tensor.sizes()));
      continue;
    }
    at::Tensor value = checkpoint.weights.at(name).read();
    if (!value.isfinite().all().item<bool>()) not_finite.push_back(name);
    if (is_image_positions(name) && value.size(0) != tensor.size(0)) {
      const int side = grid_side(tensor.sizes().vec()).value();
      base::log(options.log, base::LogLevel::info,
                fmt::format("{}: resizing {} from {} x {} to {} x {}", checkpoint.source, name,
                            *grid_side(value.sizes().vec()), *grid_side(value.sizes().vec()), side,
                            side));
      value = resize_positions(value, side);
    }
    tensor.set_data(value.view(tensor.sizes()));  // takes the memory over instead of copying it
  }
  if (not_finite.empty()) return;
  const std::string problem =
      fmt::format("{}: expected finite weights, got NaN or Inf in {}: {}", checkpoint.source,
                  not_finite.size(), fmt::join(not_finite, ", "));
  if (!options.allow_non_finite) throw base::NumericError(problem);
  base::log(options.log, base::LogLevel::warning, problem);
}

}  // namespace clipguide::clip
