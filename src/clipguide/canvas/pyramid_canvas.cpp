#include "clipguide/canvas/pyramid_canvas.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/canvas/start_noise.h"
#include "clipguide/imaging/upsample_sum.h"

namespace clipguide::canvas {
namespace {

constexpr double kEdge = 1e-5;  // fit: keeps atanh finite at black and white
// Standard deviation, in octaves, with which planes beyond the bandwidth fade.
constexpr double kFadeOctaves = 0.5;

}  // namespace

std::vector<int> parse_resolutions(const std::string& spec, int side_px) {
  std::vector<int> resolutions;
  int stride = 0;
  if (spec == "all") {
    stride = 1;
  } else if (spec.starts_with("every-")) {
    const char* end = spec.data() + spec.size();
    const auto parsed = std::from_chars(spec.data() + 6, end, stride);
    if (parsed.ec != std::errc() || parsed.ptr != end) stride = 0;
  }
  if (stride >= 1) {
    for (int r = 1; r < side_px; r += stride) resolutions.push_back(r);
  } else if (spec == "power-of-two") {
    for (int r = 1; r < side_px; r *= 2) resolutions.push_back(r);
  } else {
    base::throw_error<base::UsageError>(
        "resolutions: expected all, every-N or power-of-two, got '{}'", spec);
  }
  resolutions.push_back(side_px);
  return resolutions;
}

PyramidCanvas::PyramidCanvas(const CanvasOptions& options)
    : resolutions_(
          parse_resolutions(options.resolutions, std::min(options.height_px, options.width_px))) {
  const double side_px = std::min(options.height_px, options.width_px);
  for (int resolution : resolutions_) {
    const auto scaled = [&](int length_px) {
      return std::int64_t(std::max(1.0, std::round(resolution * length_px / side_px)));
    };
    const at::Tensor plane =
        torch::zeros({options.pictures, 3, scaled(options.height_px), scaled(options.width_px)},
                     torch::device(options.device));
    parameters_.push_back({"plane_" + std::to_string(resolution), plane.requires_grad_()});
  }
}

at::Tensor PyramidCanvas::sum_planes() const {
  const at::Tensor& finest = parameters_.back().tensor;
  std::vector<at::Tensor> coarser;
  for (std::size_t i = 0; i + 1 < parameters_.size(); ++i) coarser.push_back(parameters_[i].tensor);
  if (coarser.empty()) return finest;
  return finest + imaging::sum_upsampled(coarser, int(finest.size(2)), int(finest.size(3)));
}

Rendering PyramidCanvas::render() const {
  const at::Tensor sum = sum_planes();
  return {(sum.tanh() + 1) / 2, (sum + 1) / 2};
}

void PyramidCanvas::fit(const at::Tensor& picture) {
  const torch::NoGradGuard no_grad;
  for (const NamedParameter& parameter : parameters_) at::Tensor(parameter.tensor).zero_();
  at::Tensor finest = parameters_.back().tensor;
  finest.copy_((2 * picture.clamp(kEdge, 1 - kEdge) - 1).atanh().expand_as(finest));
}

void PyramidCanvas::add_noise(std::span<const base::RandomStream> streams, double amount) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    // N(0, 1) / R: every octave starts with less contrast than the one below it, as in photographs.
    std::vector<base::RandomStream> of_plane;
    for (const base::RandomStream& stream : streams)
      of_plane.push_back(stream.at(std::uint64_t(resolutions_[i])));
    add_normal(parameters_[i].tensor, of_plane, amount / resolutions_[i]);
  }
}

at::Tensor PyramidCanvas::limit_update(std::size_t parameter, const at::Tensor& update,
                                       double bandwidth) const {
  if (bandwidth >= 1) return update;
  const double octaves = std::log2(resolutions_[parameter] / (bandwidth * resolutions_.back()));
  if (octaves <= 0) return update;
  return update * std::exp(-0.5 * std::pow(octaves / kFadeOctaves, 2));
}

}  // namespace clipguide::canvas
