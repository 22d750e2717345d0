#include "clipguide/view/disturbance.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "clipguide/view/view_options.h"

namespace clipguide::view {
namespace {

using base::RandomStream;
using Matrix = std::array<std::array<double, 3>, 3>;

Matrix multiply(const Matrix& a, const Matrix& b) {
  Matrix product{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 3; ++k) product[i][j] += a[i][k] * b[k][j];
  return product;
}

// Each pixel's luma at 0, the colour itself at 1.
Matrix saturation(double factor) {
  Matrix matrix{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      matrix[i][j] = (1 - factor) * kLuma[j] + (i == j ? factor : 0);
  return matrix;
}

// Turns the chroma in the plane of constant luma: rgb -> YIQ (NTSC 1953), rotate, back.
Matrix hue(double turn) {
  constexpr Matrix kFromYiq{{{1, 0.9563, 0.6210}, {1, -0.2721, -0.6474}, {1, -1.1070, 1.7046}}};
  constexpr Matrix kToIq{{{0, 0, 0}, {0.5959, -0.2746, -0.3213}, {0.2115, -0.5227, 0.3112}}};
  const double angle = turn * 2 * std::numbers::pi;
  const double c = std::cos(angle) - 1, s = std::sin(angle);
  // I + from_yiq * (rotation - I) * to_iq: exactly the identity at no turn, and greys stay.
  Matrix change = multiply(multiply(kFromYiq, {{{0, 0, 0}, {0, c, -s}, {0, s, c}}}), kToIq);
  for (std::size_t i = 0; i < 3; ++i) change[i][i] += 1;
  return change;
}

void draw_colours(const ViewOptions& options, const RandomStream& stream, double progress,
                  Disturbance::OfView& view) {
  const ColourOptions& colour = options.colour;
  RandomStream draws = stream.named("colour");
  const auto around = [&](double amount) {
    return colour.strength * amount * draws.uniform(-1, 1);
  };
  const bool happens = draws.chance(float(colour.chance));
  const double brightness = std::max(0.0, 1 + around(colour.brightness));
  const double contrast = std::max(0.0, 1 + around(colour.contrast));
  const double vividness = std::max(0.0, 1 + around(colour.saturation));
  const double turn = around(colour.hue);
  Matrix matrix{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  if (colour.strength > 0 && happens) {
    matrix = multiply(hue(turn), saturation(vividness));
    for (auto& row : matrix)
      for (double& value : row) value *= contrast * brightness;
    view.lift = (1 - contrast) * brightness;  // greys pass saturation and hue unchanged
  }
  const double grey = std::min(1.0, options.grey.strength * options.grey.chance.value(progress));
  if (stream.named("grey").chance(float(grey))) matrix = multiply(saturation(0), matrix);
  for (std::size_t i = 0; i < 9; ++i) view.matrix[i] = matrix[i / 3][i % 3];
}

void draw_erasing(const EraseOptions& erase, int side_px, RandomStream draws,
                  Disturbance::OfView& view) {
  // Draw a rectangle in parts of the view.
  const bool happens = draws.chance(float(std::min(1.0, erase.strength * erase.chance)));
  const double area = draws.uniform(float(erase.min_area), float(erase.max_area));
  const double aspect = std::pow(erase.aspect, double(draws.uniform(-1, 1)));
  const double width = std::min(1.0, std::sqrt(area * aspect));
  const double height = std::min(1.0, std::sqrt(area / aspect));
  const double left = draws.uniform() * (1 - width), top = draws.uniform() * (1 - height);
  if (!happens) return;
  // Cover the pixels whose centres it holds.
  const auto pixel = [&](double place) {
    return int(std::clamp<std::int64_t>(std::llround(place * side_px), 0, side_px));
  };
  view.left = pixel(left), view.right = pixel(left + width);
  view.top = pixel(top), view.bottom = pixel(top + height);
}

void draw_noise(const NoiseOptions& noise, const RandomStream& stream, Disturbance::OfView& view) {
  view.amplitude = noise.strength * noise.amplitude;
  if (noise.random_amplitude) view.amplitude *= stream.named("amplitude").uniform();
  view.noise = stream.named("pixels");
}

}  // namespace

Disturbance draw_disturbance(const ViewOptions& options, int side_px,
                             std::span<const RandomStream> streams, double progress) {
  Disturbance what;
  what.recolours = options.colour.strength > 0 || options.grey.strength > 0;
  what.erases = options.erase.strength > 0;
  what.adds_noise = options.noise.strength > 0;
  what.clips = options.clip;
  what.uniform_noise = options.noise.uniform;
  what.fill = options.erase.fill;
  for (const RandomStream& stream : streams) {
    Disturbance::OfView view{.noise = stream};
    if (what.recolours) draw_colours(options, stream, progress, view);
    if (what.erases) draw_erasing(options.erase, side_px, stream.named("erase"), view);
    if (what.adds_noise) draw_noise(options.noise, stream.named("noise"), view);
    what.lifts = what.lifts || view.lift != 0;
    what.views.push_back(view);
  }
  return what;
}

}  // namespace clipguide::view
