#include "clipguide/view/appearance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "clipguide/imaging/colour.h"
#include "clipguide/imaging/noise.h"

namespace clipguide::view {
namespace {

using base::RandomStream;
using Streams = std::span<const RandomStream>;
using Matrix = std::array<std::array<double, 3>, 3>;

constexpr std::array<double, 3> kLuma = {0.299, 0.587, 0.114};  // Rec. 601, as imaging::luma

// A view's colours: rgb -> matrix * rgb + lift * (the view's mean luma).
struct Recolour {
  Matrix matrix{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  double lift = 0;
};

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

Recolour draw_recolour(const ViewOptions& options, const RandomStream& stream, double progress) {
  Recolour recolour;
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
  if (colour.strength > 0 && happens) {
    recolour.matrix = multiply(hue(turn), saturation(vividness));
    for (auto& row : recolour.matrix)
      for (double& value : row) value *= contrast * brightness;
    recolour.lift = (1 - contrast) * brightness;  // greys pass saturation and hue unchanged
  }
  const double grey = std::min(1.0, options.grey.strength * options.grey.chance.value(progress));
  if (stream.named("grey").chance(float(grey)))
    recolour.matrix = multiply(saturation(0), recolour.matrix);
  return recolour;
}

// One matrix a view, not a chain of adjustments: an order less memory for the gradient. Elementwise
// and row-wise operators alone: their bits do not depend on how many views go together.
at::Tensor recolour(const ViewOptions& options, const at::Tensor& views, Streams streams,
                    double progress) {
  std::vector<double> matrices, lifts;
  for (const RandomStream& stream : streams) {
    const Recolour one = draw_recolour(options, stream, progress);
    for (const auto& row : one.matrix) matrices.insert(matrices.end(), row.begin(), row.end());
    lifts.push_back(one.lift);
  }
  const std::int64_t count = views.size(0);
  const at::Tensor matrix =
      torch::tensor(matrices, at::kDouble).to(views.options()).view({count, 3, 3, 1, 1});
  const at::Tensor lift =
      torch::tensor(lifts, at::kDouble).to(views.options()).view({count, 1, 1, 1});
  const at::Tensor mean_luma =
      imaging::luma(views).sum(3, true).sum(2, true) / double(views.size(2) * views.size(3));
  at::Tensor mixed = lift * mean_luma;
  for (std::int64_t from = 0; from < 3; ++from)
    mixed = mixed + matrix.select(2, from) * views.narrow(1, from, 1);
  return mixed.clamp(0, 1);
}

at::Tensor erase(const EraseOptions& erase, const at::Tensor& views, Streams streams) {
  const std::int64_t count = views.size(0), side = views.size(3);
  const at::Tensor covered = at::zeros({count, 1, side, side}, at::kBool);
  for (std::int64_t v = 0; v < count; ++v) {
    // Draw a rectangle in parts of the view.
    RandomStream draws = streams[std::size_t(v)].named("erase");
    const bool happens = draws.chance(float(std::min(1.0, erase.strength * erase.chance)));
    const double area = draws.uniform(float(erase.min_area), float(erase.max_area));
    const double aspect = std::pow(erase.aspect, double(draws.uniform(-1, 1)));
    const double width = std::min(1.0, std::sqrt(area * aspect));
    const double height = std::min(1.0, std::sqrt(area / aspect));
    const double left = draws.uniform() * (1 - width), top = draws.uniform() * (1 - height);
    if (!happens) continue;
    // Cover the pixels whose centres it holds.
    const auto pixel = [&](double place) {
      return std::clamp<std::int64_t>(std::llround(place * double(side)), 0, side);
    };
    const std::int64_t x = pixel(left), y = pixel(top);
    covered[v][0]
        .narrow(0, y, pixel(top + height) - y)
        .narrow(1, x, pixel(left + width) - x)
        .fill_(true);
  }
  return views.masked_fill(covered.to(views.device()), erase.fill);
}

at::Tensor add_noise(const NoiseOptions& noise, const at::Tensor& views, Streams streams) {
  at::Tensor values = at::empty(views.sizes(), at::kFloat);
  for (std::int64_t v = 0; v < views.size(0); ++v) {
    const RandomStream stream = streams[std::size_t(v)].named("noise");
    RandomStream draws = stream.named("amplitude");
    double amplitude = noise.strength * noise.amplitude;
    if (noise.random_amplitude) amplitude *= draws.uniform();
    const RandomStream pixels = stream.named("pixels");
    at::Tensor drawn = noise.uniform
                           ? imaging::uniform_tensor(views[v].sizes(), pixels).mul_(2).sub_(1)
                           : imaging::normal_tensor(views[v].sizes(), pixels);
    values[v].copy_(drawn.mul_(amplitude));
  }
  return views + values.to(views.options());
}

}  // namespace

at::Tensor disturb(const ViewOptions& options, const at::Tensor& views, Streams streams,
                   double progress) {
  // What happens is decided by the options alone, so that a view does not depend on its neighbours.
  at::Tensor flat = views.flatten(0, 1);
  if (options.colour.strength > 0 || options.grey.strength > 0)
    flat = recolour(options, flat, streams, progress);
  if (options.erase.strength > 0) flat = erase(options.erase, flat, streams);
  if (options.noise.strength > 0) flat = add_noise(options.noise, flat, streams);
  if (options.clip) flat = flat.clamp(0, 1);
  return flat.view(views.sizes());
}

}  // namespace clipguide::view
