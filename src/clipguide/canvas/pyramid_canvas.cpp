#include "clipguide/canvas/pyramid_canvas.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/canvas/start_noise.h"
#include "clipguide/imaging/upsample_sum.h"

namespace clipguide::canvas {
namespace {

constexpr double kTanhEdge = 1e-5;  // fit: keeps atanh finite at black and white
// Standard deviation, in octaves, with which planes beyond the bandwidth fade.
constexpr double kPlaneFadeOctaves = 0.5;

// Torch's bicubic upsampling along one axis as a matrix [to, from], for samples that repeat.
at::Tensor wrapping_upsampling(std::int64_t from, std::int64_t to) {
  constexpr double a = -0.75;  // torch's cubic
  at::Tensor matrix = torch::zeros({to, from});
  auto weights = matrix.accessor<float, 2>();
  for (std::int64_t i = 0; i < to; ++i) {
    const double place = (double(i) + 0.5) * double(from) / double(to) - 0.5;
    const std::int64_t first = std::int64_t(std::floor(place)) - 1;
    for (std::int64_t k = first; k < first + 4; ++k) {
      const double x = std::abs(place - double(k));
      const double weight =
          x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * a;
      weights[i][((k % from) + from) % from] += float(weight);
    }
  }
  return matrix;
}

at::Tensor upsample_wrapping(const at::Tensor& plane, std::int64_t height, std::int64_t width) {
  const at::Tensor down = wrapping_upsampling(plane.size(2), height).to(plane.device());
  const at::Tensor across = wrapping_upsampling(plane.size(3), width).to(plane.device());
  return torch::matmul(torch::matmul(down, plane), across.t());
}

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
          parse_resolutions(options.resolutions, std::min(options.height_px, options.width_px))),
      tile_(options.tile) {
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
  if (tile_) {
    at::Tensor sum = finest;
    for (std::size_t i = 0; i + 1 < parameters_.size(); ++i)
      sum = sum + upsample_wrapping(parameters_[i].tensor, sum.size(2), sum.size(3));
    return sum;
  }
  std::vector<at::Tensor> coarser;
  for (std::size_t i = 0; i + 1 < parameters_.size(); ++i) coarser.push_back(parameters_[i].tensor);
  if (coarser.empty()) return finest;
  return finest + imaging::sum_upsampled(coarser, int(finest.size(2)), int(finest.size(3)));
}

Rendering PyramidCanvas::render() const {
  const at::Tensor sum = sum_planes();
  // In place where nothing is needed for the way back: large pictures are bound by memory.
  return {sum.tanh().mul(0.5).add_(0.5), (sum + 1).mul_(0.5)};
}

void PyramidCanvas::fit(const at::Tensor& picture) {
  const torch::NoGradGuard no_grad;
  for (const NamedParameter& parameter : parameters_) at::Tensor(parameter.tensor).zero_();
  at::Tensor finest = parameters_.back().tensor;
  finest.copy_((2 * picture.clamp(kTanhEdge, 1 - kTanhEdge) - 1).atanh().expand_as(finest));
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
  return update * std::exp(-0.5 * std::pow(octaves / kPlaneFadeOctaves, 2));
}

}  // namespace clipguide::canvas
