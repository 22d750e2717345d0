#include "clipguide/imaging/layout.h"

#include <algorithm>
#include <cmath>

#include "clipguide/base/parallel.h"

namespace clipguide::imaging {
namespace {

// The climb begins a little toward grey: from full colours it would hardly get away.
constexpr float kContrast = 0.8f, kGrey = 0.6f;

/// Any hue, vivid or pale, more light than dark ones.
Rgb draw_colour(base::RandomStream& stream) {
  const float hue = stream.uniform(0, 6), saturation = stream.uniform();
  const float value = std::sqrt(stream.uniform());
  const auto channel = [&](float offset) {
    const float k = std::fmod(offset + hue, 6.0f);
    return value - value * saturation * std::clamp(std::min(k, 4 - k), 0.0f, 1.0f);
  };
  return {channel(5), channel(3), channel(1)};
}

float logistic(float x) { return 1 / (1 + std::exp(-x)); }

Rgb mix(const Rgb& a, const Rgb& b, float share) {
  return {a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share};
}

Rgb ground_at(const Layout& layout, float y) {
  if (layout.repeats) {
    // Half the height of the lower ground, and how far its middle is: below or above.
    const float half = (1 - layout.horizon) / 2, from = y - (1 - half);
    const float away = std::abs(from - std::round(from));
    return mix(layout.top, layout.bottom, logistic(2 * (half - away) / layout.horizon_width));
  }
  return mix(layout.top, layout.bottom, logistic(2 * (y - layout.horizon) / layout.horizon_width));
}

Rgb colour_at(const Layout& layout, Rgb colour, float x, float y) {
  for (const Blob& blob : layout.blobs) {
    float dx = x - blob.x, dy = y - blob.y;
    if (layout.repeats) dx -= std::round(dx), dy -= std::round(dy);
    dx /= blob.radius_x, dy /= blob.radius_y;
    colour = mix(colour, blob.colour, logistic((1 - dx * dx - dy * dy) * blob.edge));
  }
  return mix({kGrey, kGrey, kGrey}, colour, kContrast);
}

}  // namespace

Layout draw_layout(base::RandomStream stream) {
  Layout layout;
  layout.top = draw_colour(stream);
  const bool two_grounds = stream.chance(0.5f);
  const Rgb other = draw_colour(stream);
  layout.bottom = two_grounds ? other : layout.top;
  layout.horizon = stream.uniform(0.2f, 0.8f);
  layout.horizon_width = stream.uniform(0.05f, 0.55f);
  // Half of all prompts want one thing; it stands near the middle.
  const int count = stream.chance(0.5f) ? 1 : 2 + stream.below(2);
  const float reach = count == 1 ? 0.15f : 0.35f;
  for (int i = 0; i < count; ++i) {
    Blob blob;
    blob.colour = draw_colour(stream);
    blob.x = 0.5f + stream.uniform(-reach, reach);
    blob.y = 0.5f + stream.uniform(-0.15f, 0.15f);
    blob.radius_x = stream.uniform(0.15f, 0.45f);
    blob.radius_y = blob.radius_x * std::exp(stream.uniform(-0.6f, 0.6f));
    blob.edge = stream.uniform(2, 8);
    layout.blobs.push_back(blob);
  }
  return layout;
}

at::Tensor paint_layouts(const std::vector<Layout>& layouts, int height, int width, int margin_px) {
  const int rows = height + 2 * margin_px, columns = width + 2 * margin_px;
  at::Tensor pictures = torch::empty({std::int64_t(layouts.size()), 3, rows, columns});
  const std::int64_t plane = std::int64_t(rows) * columns;
  float* const first = pictures.data_ptr<float>();
  const std::int64_t lines = std::int64_t(layouts.size()) * rows;
  base::run_parallel(lines, base::threads(), [&](std::int64_t line) {
    const Layout& layout = layouts[std::size_t(line / rows)];
    const int row = int(line % rows);
    float* const out = first + line / rows * 3 * plane + std::int64_t(row) * columns;
    const float y = (float(row - margin_px) + 0.5f) / float(height);
    const Rgb ground = ground_at(layout, y);
    for (int column = 0; column < columns; ++column) {
      const float x = (float(column - margin_px) + 0.5f) / float(width);
      const Rgb colour = colour_at(layout, ground, x, y);
      for (int channel = 0; channel < 3; ++channel)
        out[channel * plane + column] = std::clamp(colour[std::size_t(channel)], 0.0f, 1.0f);
    }
  });
  return pictures;
}

}  // namespace clipguide::imaging
