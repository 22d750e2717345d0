#include "training/world/sprite.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace clipguide::world {
namespace {

/// Halves a premultiplied picture: the mean of each 2x2 block.
std::vector<std::uint8_t> halved(const std::vector<std::uint8_t>& from, int side) {
  const int half = side / 2;
  std::vector<std::uint8_t> to(std::size_t(half) * half * 4);
  for (int y = 0; y < half; ++y) {
    for (int x = 0; x < half; ++x) {
      for (int c = 0; c < 4; ++c) {
        const auto at = [&](int dy, int dx) {
          return int(from[(std::size_t(2 * y + dy) * side + 2 * x + dx) * 4 + c]);
        };
        to[(std::size_t(y) * half + x) * 4 + c] =
            std::uint8_t((at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1) + 2) / 4);
      }
    }
  }
  return to;
}

}  // namespace

Sprite::Sprite(std::vector<std::uint8_t> rgba, bool mask) : mask_(mask) {
  levels_[0] = std::move(rgba);
  for (int level = 1; level < kLevels; ++level) {
    levels_[level] = halved(levels_[level - 1], kSide >> (level - 1));
  }
}

int Sprite::level_for(float side_px) {
  int level = 0;
  while (level + 1 < kLevels && float(kSide >> (level + 1)) >= side_px * 0.9f) ++level;
  return level;
}

Sprite::Pixel Sprite::sample(float u, float v, int level) const {
  const int side = kSide >> level;
  const float x = u * float(side) - 0.5f, y = v * float(side) - 0.5f;
  if (!(x > -1 && y > -1 && x < float(side) && y < float(side))) return {};
  const int x0 = int(x + 1) - 1, y0 = int(y + 1) - 1;  // floor, for x > -1
  const float fx = x - float(x0), fy = y - float(y0);
  float sum[4] = {0, 0, 0, 0};
  const std::uint8_t* pixels = levels_[std::size_t(level)].data();
  for (int dy = 0; dy < 2; ++dy) {
    const int row = y0 + dy;
    if (row < 0 || row >= side) continue;
    for (int dx = 0; dx < 2; ++dx) {
      const int column = x0 + dx;
      if (column < 0 || column >= side) continue;
      const float weight = (dy ? fy : 1 - fy) * (dx ? fx : 1 - fx);
      const std::uint8_t* p = pixels + (std::size_t(row) * side + column) * 4;
      for (int c = 0; c < 4; ++c) sum[c] += weight * float(p[c]);
    }
  }
  constexpr float kScale = 1.0f / 255;
  return {sum[0] * kScale, sum[1] * kScale, sum[2] * kScale, sum[3] * kScale};
}

std::optional<Sprite::Dominant> Sprite::dominant() const {
  if (mask_) return std::nullopt;
  constexpr int kLevel = 2;
  const int side = kSide >> kLevel;
  std::array<float, kColourCount> area{};
  std::array<Rgb, kColourCount> sum{};
  float total = 0;
  for (int i = 0; i < side * side; ++i) {
    const std::uint8_t* p = levels_[kLevel].data() + std::size_t(i) * 4;
    if (p[3] < 200) continue;
    const float scale = 1.0f / float(p[3]);
    const Rgb c = {float(p[0]) * scale, float(p[1]) * scale, float(p[2]) * scale};
    const auto name = std::size_t(nearest_name(c));
    area[name] += 1;
    sum[name] = {sum[name].r + c.r, sum[name].g + c.g, sum[name].b + c.b};
    total += 1;
  }
  if (total < 8) return std::nullopt;
  const auto best = std::size_t(std::max_element(area.begin(), area.end()) - area.begin());
  return Dominant{Colour(best), sum[best] * (1 / area[best]), area[best] / total};
}

namespace {

constexpr float kTurn = 2 * std::numbers::pi_v<float>;

/// Inside a regular polygon or star: `points` tips at radius 1, the dents between at `inner`.
bool inside_star(float x, float y, int points, float inner) {
  const float radius = std::hypot(x, y);
  const float sector = kTurn / float(points);
  float angle = std::atan2(x, -y);  // a tip points up
  angle = std::abs(angle - sector * std::round(angle / sector));
  // The edge runs from the tip (1, 0) to the dent at (inner, sector / 2), in polar coordinates.
  const float tip_x = 1, dent_x = inner * std::cos(sector / 2),
              dent_y = inner * std::sin(sector / 2);
  const float px = radius * std::cos(angle), py = radius * std::sin(angle);
  return (dent_x - tip_x) * py - dent_y * (px - tip_x) >= 0;
}

bool inside_polygon(float x, float y, int corners) {
  return inside_star(x, y, corners, std::cos(kTurn / float(2 * corners)));
}

bool inside_heart(float x, float y) {
  const float u = x * 1.25f, v = -y * 1.25f + 0.15f;
  const float a = u * u + v * v - 1;
  return a * a * a - u * u * v * v * v <= 0;
}

struct Shape {
  std::string_view name;
  bool (*inside)(float x, float y);  ///< x right, y down, in [-1, 1]
};

constexpr Shape kShapes[] = {
    {"circle", [](float x, float y) { return x * x + y * y <= 0.94f; }},
    {"square", [](float x, float y) { return std::max(std::abs(x), std::abs(y)) <= 0.82f; }},
    {"triangle", [](float x, float y) { return inside_polygon(x, y - 0.18f, 3); }},
    {"rectangle", [](float x, float y) { return std::abs(x) <= 0.95f && std::abs(y) <= 0.5f; }},
    {"oval", [](float x, float y) { return x * x / 0.9f + y * y / 0.32f <= 1; }},
    {"diamond shape", [](float x, float y) { return std::abs(x) * 1.3f + std::abs(y) <= 0.97f; }},
    {"pentagon", [](float x, float y) { return inside_polygon(x, y, 5); }},
    {"hexagon", [](float x, float y) { return inside_polygon(x, y, 6); }},
    {"star", [](float x, float y) { return inside_star(x, y, 5, 0.42f); }},
    {"heart", inside_heart},
    {"ring",
     [](float x, float y) {
       const float r = x * x + y * y;
       return r <= 0.92f && r >= 0.42f;
     }},
    {"cross",
     [](float x, float y) {
       return (std::abs(x) <= 0.28f || std::abs(y) <= 0.28f) &&
              std::max(std::abs(x), std::abs(y)) <= 0.92f;
     }},
    {"crescent",
     [](float x, float y) {
       return x * x + y * y <= 0.9f && (x - 0.4f) * (x - 0.4f) + y * y >= 0.62f;
     }},
};

}  // namespace

std::vector<std::string_view> geometric_shape_names() {
  std::vector<std::string_view> names;
  for (const Shape& shape : kShapes) names.push_back(shape.name);
  return names;
}

std::optional<Sprite> geometric_shape(std::string_view name) {
  const auto* shape = std::find_if(std::begin(kShapes), std::end(kShapes),
                                   [&](const Shape& s) { return s.name == name; });
  if (shape == std::end(kShapes)) return std::nullopt;
  constexpr int kSub = 4;  // supersampling a side
  std::vector<std::uint8_t> rgba(std::size_t(Sprite::kSide) * Sprite::kSide * 4);
  for (int y = 0; y < Sprite::kSide; ++y) {
    for (int x = 0; x < Sprite::kSide; ++x) {
      int hits = 0;
      for (int s = 0; s < kSub * kSub; ++s) {
        const float u = (float(x) + (float(s % kSub) + 0.5f) / kSub) / Sprite::kSide * 2 - 1;
        const float v = (float(y) + (float(s / kSub) + 0.5f) / kSub) / Sprite::kSide * 2 - 1;
        hits += shape->inside(u, v);
      }
      const auto value = std::uint8_t(hits * 255 / (kSub * kSub));
      std::fill_n(rgba.begin() + (std::ptrdiff_t(y) * Sprite::kSide + x) * 4, 4, value);
    }
  }
  return Sprite(std::move(rgba), true);
}

}  // namespace clipguide::world
