#include "clipguide/canvas/siren_canvas.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "clipguide/base/error.h"
#include "clipguide/base/one_thread.h"
#include "clipguide/canvas/descend.h"
#include "clipguide/canvas/start_noise.h"
#include "clipguide/imaging/colour.h"
#include "clipguide/imaging/noise.h"

namespace clipguide::canvas {
namespace {

constexpr double kFrequency = 30;  // w0 of the paper
// Fit: the paper's rate of 1e-4 times w0, a few hundred steps on as many pixels as are worth it.
constexpr double kSirenFitRate = 6e-3;
constexpr int kSirenFitSteps = 600;
constexpr std::int64_t kFitPixels = 16384;
// Noise: of the last layer's weights, as a share of what would give pre-sigmoid values of unit
// deviation. Features of a sine layer have deviation 1/sqrt(2).
constexpr double kLayerNoise = 0.25;
// Coarse to fine: deviation, in layers, of the bell that lets the last layers learn first.
constexpr double kFadeLayers = 0.5;

at::Tensor between(double limit, std::vector<std::int64_t> shape,
                   const base::RandomStream& stream) {
  return (imaging::uniform_tensor(shape, stream) * 2 - 1) * limit;
}

}  // namespace

SirenCanvas::SirenCanvas(const CanvasOptions& options)
    : height_px_(options.height_px), width_px_(options.width_px), tile_(options.tile) {
  base::widen_libtorch();
  if (options.siren_width < 1 || options.siren_layers < 1)
    base::throw_error<base::UsageError>(
        "siren: expected at least 1 layer of 1 feature, got {} of {}", options.siren_layers,
        options.siren_width);
  // The network is part of the canvas, not of the seed: where it starts tells nothing in a picture,
  // since the last layer is zero.
  const base::RandomStream init(0, "siren");
  const std::int64_t features = options.siren_width;
  for (int layer = 0; layer <= options.siren_layers; ++layer) {
    const std::int64_t in = layer == 0 ? (tile_ ? 4 : 2) : features;
    const bool last = layer == options.siren_layers;
    const base::RandomStream own = init.at(std::uint64_t(layer));
    // First layer U(+-1/2) * w0, for each of two directions in a tile too; the others
    // U(+-sqrt(6/in)/w0) * w0, biases U(+-1/sqrt(in)) * w0 at first and within a turn later.
    const double limit = last ? 0 : layer == 0 ? kFrequency / 2 : std::sqrt(6.0 / double(in));
    const double shift = last ? 0 : std::numbers::pi;
    const auto add = [&](const char* kind, const at::Tensor& values) {
      parameters_.push_back(
          {kind + std::to_string(layer),
           values.repeat({options.pictures, 1, 1}).to(options.device).requires_grad_()});
    };
    const std::int64_t out = last ? 3 : features;
    add("weight_", between(limit, {1, in, out}, own.named("weight")));
    add("bias_", between(shift, {1, 1, out}, own.named("bias")));
  }
  places_ =
      places({.height_px = height_px_, .width_px = width_px_}, 0, height_px_).to(options.device);
}

// Pixel centres of some rows of the picture at another size, [1, rows * W, 2].
at::Tensor SirenCanvas::places(const imaging::Enlargement& to, int first_row, int rows) const {
  const double half_side = std::min(height_px_, width_px_) / 2.0;
  const auto along = [&](int length_px, int count) {
    const at::Tensor place = imaging::centres(length_px, to.margin_px, count);
    return ((place - length_px / 2.0) / half_side).to(torch::kFloat32);
  };
  const at::Tensor x = along(width_px_, to.width_px);
  const at::Tensor y = along(height_px_, to.height_px).narrow(0, first_row, rows);
  const std::vector<std::int64_t> shape = {rows, x.size(0)};
  std::vector<at::Tensor> inputs;
  const auto add = [&](const at::Tensor& line, int axis, int side_px) {
    const auto input = [&](const at::Tensor& values) {
      inputs.push_back(values.unsqueeze(axis).expand(shape));
    };
    if (!tile_) return input(line);
    const double radius = side_px / half_side / (2 * std::numbers::pi);
    input((line / radius).cos() * radius);
    input((line / radius).sin() * radius);
  };
  add(x, 0, width_px_);
  add(y, 1, height_px_);
  return torch::stack(inputs, -1).view({1, -1, std::int64_t(inputs.size())});
}

std::vector<at::Tensor> SirenCanvas::layers() const {
  std::vector<at::Tensor> tensors;
  for (const NamedParameter& parameter : parameters_) tensors.push_back(parameter.tensor);
  return tensors;
}

// [N, places, 3], before the sigmoid.
at::Tensor SirenCanvas::colours_at(const std::vector<at::Tensor>& layers,
                                   const at::Tensor& places) const {
  at::Tensor features = places.expand({layers[0].size(0), -1, -1});
  for (std::size_t i = 0; i < layers.size(); i += 2) {
    features = at::baddbmm(layers[i + 1], features, layers[i]);
    if (i + 2 < layers.size()) features = features.sin();
  }
  return features;
}

Rendering SirenCanvas::render() const {
  const at::Tensor decorrelated =
      colours_at(layers(), places_)
          .transpose(1, 2)
          .reshape({parameters_[0].tensor.size(0), 3, height_px_, width_px_});
  const at::Tensor colours = imaging::correlate_colours(decorrelated);
  return {colours.sigmoid(), colours / 4 + 0.5};  // the sigmoid's slope at grey is 1/4
}

at::Tensor SirenCanvas::render_enlarged(const imaging::Enlargement& to) const {
  const torch::NoGradGuard no_grad;
  // In bands of rows: the features of all places at once would not fit.
  const int rows_at_once = std::max(1, int(kFitPixels * 16) / to.width_px);
  std::vector<at::Tensor> bands;
  for (int row = 0; row < to.height_px; row += rows_at_once) {
    const int rows = std::min(rows_at_once, to.height_px - row);
    const at::Tensor decorrelated =
        colours_at(layers(), places(to, row, rows).to(places_.device())).transpose(1, 2);
    bands.push_back(imaging::correlate_colours(
        decorrelated.reshape({decorrelated.size(0), 3, rows, to.width_px})));
  }
  return torch::cat(bands, 2).sigmoid();
}

void SirenCanvas::fit(const at::Tensor& picture) {
  // One network a picture; where all start from the same, one will do.
  const at::Tensor wanted =
      imaging::decorrelate_colours(picture.detach().clamp(kLogitEdge, 1 - kLogitEdge).logit())
          .flatten(2)
          .transpose(1, 2);  // [N or 1, H W, 3]
  std::vector<at::Tensor> leaves;
  for (const at::Tensor& layer : layers())
    leaves.push_back(layer.detach().slice(0, 0, wanted.size(0)).clone().requires_grad_());
  const std::int64_t pixels = wanted.size(1);
  const base::RandomStream stream(0, "siren-fit");
  descend(leaves, kSirenFitRate, kSirenFitSteps, [&](int step) {
    if (pixels <= kFitPixels) return (colours_at(leaves, places_) - wanted).square().mean();
    const at::Tensor index =
        (imaging::uniform_tensor({kFitPixels}, stream.at(std::uint64_t(step))) * double(pixels))
            .to(torch::kInt64)
            .clamp_max(pixels - 1)
            .to(places_.device());
    return (colours_at(leaves, places_.index_select(1, index)) - wanted.index_select(1, index))
        .square()
        .mean();
  });
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < leaves.size(); ++i)
    at::Tensor(parameters_[i].tensor).copy_(leaves[i].expand_as(parameters_[i].tensor));
}

void SirenCanvas::add_noise(std::span<const base::RandomStream> streams, double amount) {
  const torch::NoGradGuard no_grad;
  // Of the last layer alone, whose colours are then waves of the other layers' making.
  at::Tensor weight = parameters_[parameters_.size() - 2].tensor;
  const double unit = std::sqrt(2.0 / double(weight.size(1)));
  for (std::int64_t n = 0; n < weight.size(0); ++n)
    weight[n].add_(
        imaging::normal_tensor(weight[n].sizes(), streams[std::size_t(n)]).to(weight.device()),
        amount * kLayerNoise * unit);
}

at::Tensor SirenCanvas::limit_update(std::size_t parameter, const at::Tensor& update,
                                     double bandwidth) const {
  if (bandwidth >= 1) return update;
  // Detail grows through the early layers, whose weights are frequencies: they wait. The bell moves
  // from the last layer to the first as the bandwidth goes through its six octaves.
  constexpr double kOctaves = 6;
  const double last = double(parameters_.size() / 2 - 1);
  const double reach = last * std::clamp(1 + std::log2(bandwidth) / kOctaves, 0.0, 1.0);
  const double beyond = last - double(parameter / 2) - reach;
  return beyond <= 0 ? update : update * std::exp(-0.5 * std::pow(beyond / kFadeLayers, 2));
}

}  // namespace clipguide::canvas
