#include "clipguide/workflow/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

namespace clipguide::workflow {

std::uint64_t difference_hash(const media::Picture& picture) {
  constexpr int kColumns = 9, kRows = 8;
  // Sums of whole numbers: no rounding that could differ between machines.
  const auto mean_luma = [&](int column, int row) {
    const int x0 = picture.width_px * column / kColumns,
              x1 = std::max(x0 + 1, picture.width_px * (column + 1) / kColumns);
    const int y0 = picture.height_px * row / kRows,
              y1 = std::max(y0 + 1, picture.height_px * (row + 1) / kRows);
    std::int64_t sum = 0;
    for (int y = y0; y < y1; ++y) {
      const std::uint8_t* pixel = &picture.rgb[std::size_t(y * picture.width_px + x0) * 3];
      for (int x = x0; x < x1; ++x, pixel += 3)
        sum += 299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2];  // Rec. 601, in thousandths
    }
    return sum / (std::int64_t(x1 - x0) * (y1 - y0));
  };
  std::uint64_t hash = 0;
  for (int row = 0; row < kRows; ++row)
    for (int column = 0; column + 1 < kColumns; ++column)
      hash = hash << 1 | std::uint64_t(mean_luma(column, row) < mean_luma(column + 1, row));
  return hash;
}

int differing_bits(std::uint64_t a, std::uint64_t b) { return std::popcount(a ^ b); }

std::vector<std::int16_t> quantised(std::span<const float> unit_vector) {
  std::vector<std::int16_t> steps;
  for (float value : unit_vector)
    steps.push_back(std::int16_t(std::lround(32767 * std::clamp(value, -1.0f, 1.0f))));
  return steps;
}

double cosine(const std::vector<std::int16_t>& a, const std::vector<std::int16_t>& b) {
  std::int64_t dot = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    dot += std::int64_t(a[i]) * b[i];
    aa += std::int64_t(a[i]) * a[i];
    bb += std::int64_t(b[i]) * b[i];
  }
  return aa && bb ? double(dot) / std::sqrt(double(aa) * double(bb)) : 0;
}

nlohmann::json to_json(const Fingerprint& fingerprint) {
  if (!fingerprint.direction.empty()) return fingerprint.direction;
  return fmt::format("{:016x}", fingerprint.hash);
}

Fingerprint fingerprint_of(const nlohmann::json& json) {
  Fingerprint read;
  if (json.is_array())
    read.direction = json.get<std::vector<std::int16_t>>();
  else
    read.hash = std::stoull(json.get<std::string>(), nullptr, 16);
  return read;
}

}  // namespace clipguide::workflow
