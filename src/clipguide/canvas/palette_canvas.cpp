#include "clipguide/canvas/palette_canvas.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "clipguide/base/error.h"
#include "clipguide/canvas/start_noise.h"
#include "clipguide/imaging/spectrum.h"

namespace clipguide::canvas {
namespace {

constexpr int kMostColours = 256;
constexpr double kLastSharpness = 32;  // a lean of 0.2 is then a choice of 600 to 1
// How far apart two colours are when a cell leans clearly to the nearer one.
constexpr double kReach = 0.07;
constexpr int kClusterRounds = 20;

// Spread evenly over the colours, each with its opposite, so that their mean is grey.
at::Tensor spread_colours(int count) {
  // Additive recurrence with the root of x^4 = x + 1: the quasi-random R3 sequence.
  constexpr double kRoot = 1.2207440846057596;
  at::Tensor colours = torch::full({3, count}, 0.5);
  for (int k = 0; k + 1 < count; k += 2)
    for (int c = 0; c < 3; ++c) {
      const double place = std::fmod(0.5 + (k / 2 + 1) / std::pow(kRoot, c + 1), 1.0);
      const double value = 0.05 + 0.9 * place;
      colours.index_put_({c, k}, value);
      colours.index_put_({c, k + 1}, 1 - value);
    }
  return colours;
}

// [.., 3] beside [K, 3]: squared distances [.., K].
at::Tensor square_distances(const at::Tensor& points, const at::Tensor& colours) {
  return (points.unsqueeze(-2) - colours).square().sum(-1);
}

// Lloyd's rounds from colours far apart; nothing is drawn, so the same cells give the same colours.
//   cells  [P, 3]      returns  [K, 3]
at::Tensor cluster(const at::Tensor& cells, int count) {
  // Begin with the cell farthest from the mean, then always that farthest from all centres so far.
  const at::Tensor from_mean = (cells - cells.mean(0)).square().sum(1);
  std::vector<at::Tensor> centres = {cells[from_mean.argmax().item<std::int64_t>()]};
  at::Tensor nearest = (cells - centres[0]).square().sum(1);
  while (int(centres.size()) < count) {
    centres.push_back(cells[nearest.argmax().item<std::int64_t>()]);
    nearest = at::minimum(nearest, (cells - centres.back()).square().sum(1));
  }
  at::Tensor colours = torch::stack(centres);
  for (int round = 0; round < kClusterRounds; ++round) {
    const at::Tensor own = square_distances(cells, colours).argmin(1);
    const at::Tensor member = at::one_hot(own, count).to(cells.scalar_type());  // [P, K]
    const at::Tensor members = member.sum(0).unsqueeze(1);
    // A colour nobody chose stays where it is.
    colours =
        torch::where(members > 0, torch::matmul(member.t(), cells) / members.clamp_min(1), colours);
  }
  return colours;
}

// "ff" of #ff8000, in [0, 1].
float hex_share(std::string_view pair, const std::string& colours) {
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  if (!is_hex(pair[0]) || !is_hex(pair[1]))
    base::throw_error<base::UsageError>("colours: expected #rrggbb, got '{}'", colours);
  int value = 0;
  std::from_chars(pair.data(), pair.data() + 2, value, 16);
  return float(value) / 255;
}

}  // namespace

PaletteSpec parse_palette(const std::string& colours) {
  int count = 0;
  const char* end = colours.data() + colours.size();
  const auto number = std::from_chars(colours.data(), end, count);
  if (number.ec == std::errc() && number.ptr == end) {
    if (count < 2 || count > kMostColours)
      base::throw_error<base::UsageError>("colours: expected 2 to {} of them, got {}", kMostColours,
                                          count);
    return {count, {}};
  }
  std::vector<float> values;
  std::string_view rest = colours;
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    const std::string_view one = rest.substr(0, comma);
    if (one.size() != 7 || one[0] != '#')
      base::throw_error<base::UsageError>(
          "colours: expected a number or #rrggbb,#rrggbb,.., got '{}'", colours);
    for (const std::size_t at : {1, 3, 5}) values.push_back(hex_share(one.substr(at, 2), colours));
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
  }
  count = int(values.size() / 3);
  if (count < 2 || count > kMostColours)
    base::throw_error<base::UsageError>("colours: expected 2 to {} of them, got {}", kMostColours,
                                        count);
  return {count, torch::tensor(values).view({count, 3}).t().contiguous()};
}

PaletteCanvas::PaletteCanvas(const CanvasOptions& options)
    : height_px_(options.height_px), width_px_(options.width_px), cell_px_(options.cell_px) {
  if (cell_px_ < 1 || cell_px_ > std::min(height_px_, width_px_))
    base::throw_error<base::UsageError>("cell: expected 1 to {} px, got {}",
                                        std::min(height_px_, width_px_), cell_px_);
  const PaletteSpec spec = parse_palette(options.colours);
  // The picture inside the margin begins with a whole cell.
  offset_px_ = (cell_px_ - options.margin_px % cell_px_) % cell_px_;
  const auto cells = [&](int length_px) {
    return (length_px + offset_px_ + cell_px_ - 1) / cell_px_;
  };
  const auto device = torch::device(options.device);
  const at::Tensor choice =
      torch::zeros({options.pictures, spec.count, cells(height_px_), cells(width_px_)}, device);
  parameters_.push_back({"choice", choice.requires_grad_()});
  if (spec.given.defined()) {
    given_colours_ = spec.given.unsqueeze(0).to(options.device);
    // Grey, as near as these colours come.
    const torch::NoGradGuard no_grad;
    at::Tensor start = parameters_[0].tensor;
    const at::Tensor distance = (spec.given - 0.5).square().sum(0);
    start.add_((-distance).view({1, -1, 1, 1}).to(options.device));
  } else {
    const at::Tensor colours =
        spread_colours(spec.count).logit().unsqueeze(0).repeat({options.pictures, 1, 1});
    parameters_.push_back({"colours", colours.to(options.device).requires_grad_()});
  }
}

at::Tensor PaletteCanvas::colours() const {
  if (!given_colours_.defined()) return parameters_[1].tensor.sigmoid();
  return given_colours_.expand({parameters_[0].tensor.size(0), -1, -1});
}

at::Tensor PaletteCanvas::render_cells() const {
  const at::Tensor& choice = parameters_[0].tensor;
  const at::Tensor share =
      progress_ >= 1
          ? at::one_hot(choice.argmax(1), choice.size(1)).permute({0, 3, 1, 2}).to(choice.options())
          : (choice * std::pow(kLastSharpness, progress_)).softmax(1);
  return torch::matmul(colours(), share.flatten(2))
      .view({choice.size(0), 3, choice.size(2), choice.size(3)});
}

Rendering PaletteCanvas::render() const {
  const at::Tensor cells = render_cells();
  const auto pictures = cells.size(0), rows = cells.size(2), columns = cells.size(3);
  const at::Tensor picture = cells.view({pictures, 3, rows, 1, columns, 1})
                                 .expand({pictures, 3, rows, cell_px_, columns, cell_px_})
                                 .reshape({pictures, 3, rows * cell_px_, columns * cell_px_})
                                 .narrow(2, offset_px_, height_px_)
                                 .narrow(3, offset_px_, width_px_)
                                 .contiguous();
  return {picture, picture};
}

// Each pixel is of the cell that its centre lies in.
at::Tensor PaletteCanvas::render_enlarged(const imaging::Enlargement& to) const {
  const torch::NoGradGuard no_grad;
  const at::Tensor cells = render_cells();
  const auto cell_of = [&](int length_px, int count) {
    const at::Tensor place = imaging::centres(length_px, to.margin_px, count) + offset_px_;
    return (place / cell_px_).floor().to(torch::kLong).to(cells.device());
  };
  return cells.index_select(2, cell_of(height_px_, to.height_px))
      .index_select(3, cell_of(width_px_, to.width_px));
}

// The mean colour of each cell, [N, 3, h, w]; cells at the edge look beyond it.
at::Tensor PaletteCanvas::cells_of(const at::Tensor& picture) const {
  const auto rows = parameters_[0].tensor.size(2), columns = parameters_[0].tensor.size(3);
  const at::Tensor padded =
      at::replication_pad2d(picture, {offset_px_, columns * cell_px_ - offset_px_ - width_px_,
                                      offset_px_, rows * cell_px_ - offset_px_ - height_px_});
  return at::avg_pool2d(padded, cell_px_);
}

void PaletteCanvas::lean_to(const at::Tensor& cells, const at::Tensor& colours) {
  // [N, h, w, 3] beside [N, 1, 1, K, 3].
  const at::Tensor points = cells.permute({0, 2, 3, 1}).unsqueeze(-2);
  const at::Tensor distance =
      (points - colours.transpose(1, 2).unsqueeze(1).unsqueeze(1)).square().sum(-1);
  parameters_[0].tensor.copy_((distance / (-2 * kReach * kReach)).permute({0, 3, 1, 2}));
}

void PaletteCanvas::fit(const at::Tensor& picture) {
  const torch::NoGradGuard no_grad;
  const at::Tensor cells = cells_of(picture);
  if (!given_colours_.defined()) {
    at::Tensor learned = parameters_[1].tensor;
    const int count = int(learned.size(2));
    for (std::int64_t n = 0; n < learned.size(0); ++n) {
      const at::Tensor points = cells[std::min(n, cells.size(0) - 1)].flatten(1).t().contiguous();
      learned[n].copy_(cluster(points, count).t().clamp(kLogitEdge, 1 - kLogitEdge).logit());
    }
  }
  lean_to(cells.expand({parameters_[0].tensor.size(0), -1, -1, -1}), colours());
}

void PaletteCanvas::add_noise(std::span<const base::RandomStream> streams, double amount) {
  add_normal(parameters_[0].tensor, streams, amount);
}

at::Tensor PaletteCanvas::limit_update(std::size_t parameter, const at::Tensor& update,
                                       double bandwidth) const {
  if (parameter == 1) return update;  // a colour draws no detail
  return imaging::blur_to_bandwidth(update, bandwidth);
}

}  // namespace clipguide::canvas
