#include "clipguide/imaging/wavelet.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "clipguide/base/error.h"

namespace clipguide::imaging {
namespace {

constexpr int kSmallestSide = 4;  // a level is made of no less: the rest is the blurred copy

// Centred, so that coarse levels do not drift across the picture.
Wavelet orthogonal(const char* name, std::vector<double> taps) {
  const int first = 1 - int(taps.size()) / 2;
  return {name, {taps, first}, {taps, first}};
}

// Symmetric filters, written from their middle outward.
Wavelet symmetric(const char* name, const std::vector<double>& analysis,
                  const std::vector<double>& synthesis) {
  const auto unfold = [](const std::vector<double>& half) {
    std::vector<double> taps(half.rbegin(), half.rend());
    taps.insert(taps.end(), half.begin() + 1, half.end());
    return WaveletFilter{taps, 1 - int(half.size())};
  };
  return {name, unfold(analysis), unfold(synthesis)};
}

std::vector<Wavelet> make_wavelets() {
  const double root2 = std::sqrt(2.0), root3 = std::sqrt(3.0), quarter = 1 / (4 * root2);
  return {
      orthogonal("haar", {1 / root2, 1 / root2}),
      orthogonal("db2", {(1 + root3) * quarter, (3 + root3) * quarter, (3 - root3) * quarter,
                         (1 - root3) * quarter}),
      orthogonal("db4", {0.23037781330885523, 0.7148465705525415, 0.6308807679295904,
                         -0.02798376941698385, -0.18703481171888114, 0.030841381835986965,
                         0.032883011666982945, -0.010597401784997278}),
      orthogonal("sym4", {0.0322231006040427, -0.012603967262037833, -0.09921954357684722,
                          0.29785779560527736, 0.8037387518059161, 0.49761866763201545,
                          -0.02963552764599851, -0.07576571478927333}),
      orthogonal("coif2", {0.016387336463522112, -0.04146493678175915, -0.06737255472196302,
                           0.3861100668211622, 0.8127236354455423, 0.41700518442169254,
                           -0.0764885990783064, -0.0594344186464569, 0.023680171946334084,
                           0.0056114348193944995, -0.0018232088707029932, -0.0007205494453645122}),
      symmetric("cdf53", {0.75 * root2, 0.25 * root2, -0.125 * root2}, {0.5 * root2, 0.25 * root2}),
      symmetric("cdf97",
                {0.852698679008894, 0.377402855612831, -0.110624404418437, -0.023849465019557,
                 0.037828455507264},
                {0.788485616405583, 0.418092273221617, -0.0406894176091641, -0.0645388826286971}),
  };
}

const std::vector<Wavelet>& wavelets() {
  static const std::vector<Wavelet> all = make_wavelets();
  return all;
}

/// Low and high pass side by side over a common support.
struct FilterPair {
  at::Tensor taps;  // [2, 1, 1, L] f64
  int first, last;
};

// The high pass is (-1)^n times the other side's low pass, read backward about 1/2.
FilterPair pair_of(const WaveletFilter& low, const WaveletFilter& other) {
  const int low_last = low.first + int(low.taps.size()) - 1;
  const int other_last = other.first + int(other.taps.size()) - 1;
  const int first = std::min(low.first, 1 - other_last);
  const int last = std::max(low_last, 1 - other.first);
  std::vector<double> taps;
  for (int n = first; n <= last; ++n) taps.push_back(low.at(n));
  for (int n = first; n <= last; ++n) taps.push_back((n % 2 == 0 ? 1 : -1) * other.at(1 - n));
  return {torch::tensor(taps, torch::kFloat64).view({2, 1, 1, -1}), first, last};
}

// Samples first .. last of a signal that repeats, along one axis.
at::Tensor repeated(const at::Tensor& signal, int axis, int first, int last) {
  const auto length = signal.size(axis);
  const at::Tensor index =
      torch::arange(first, last + 1, torch::device(signal.device()).dtype(torch::kInt64))
          .remainder(length);
  return signal.index_select(axis, index);
}

// The filters along `axis` (2: down, 3: across) as convolution weights.
at::Tensor weights_along(const FilterPair& pair, int axis, const at::Tensor& like) {
  const at::Tensor taps = pair.taps.to(like.options());
  return axis == 3 ? taps : taps.transpose(2, 3).contiguous();
}

std::vector<std::int64_t> along(int axis, std::int64_t step) {
  return axis == 3 ? std::vector<std::int64_t>{1, step} : std::vector<std::int64_t>{step, 1};
}

// [B, 1, .., n, ..] -> [B, 2, .., n / 2, ..], low and high; n even.
at::Tensor split(const at::Tensor& signal, const FilterPair& pair, int axis) {
  const int length = int(signal.size(axis));
  return at::conv2d(repeated(signal, axis, pair.first, length - 2 + pair.last),
                    weights_along(pair, axis, signal), {}, along(axis, 2));
}

// [B, 2, .., n / 2, ..] -> [B, 1, .., n, ..]
at::Tensor join(const at::Tensor& bands, const FilterPair& pair, int axis) {
  const int length = 2 * int(bands.size(axis));
  const auto floor_half = [](int n) { return n >= 0 ? n / 2 : -((1 - n) / 2); };
  const int first = floor_half(-pair.last), last = floor_half(length - 1 - pair.first);
  const at::Tensor spread = at::conv_transpose2d(
      repeated(bands, axis, first, last), weights_along(pair, axis, bands), {}, along(axis, 2));
  return spread.narrow(axis, -pair.first - 2 * first, length);
}

// Doubles the last row or column of an odd side.
at::Tensor evened(at::Tensor picture) {
  for (const int axis : {2, 3})
    if (const auto side = picture.size(axis); side % 2 != 0)
      picture = torch::cat({picture, picture.narrow(axis, side - 1, 1)}, axis);
  return picture;
}

void check_band(const at::Tensor& band, at::IntArrayRef expected, const char* what) {
  if (!band.defined() || band.sizes() != expected)
    base::throw_error<base::ShapeError>(
        "wavelet: expected {} of shape [{}], got [{}]", what, fmt::join(expected.vec(), ", "),
        band.defined() ? fmt::format("{}", fmt::join(band.sizes().vec(), ", ")) : "nothing");
}

}  // namespace

double WaveletFilter::at(int n) const {
  return n < first || n >= first + int(taps.size()) ? 0 : taps[std::size_t(n - first)];
}

const std::vector<std::string>& wavelet_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (const Wavelet& wavelet : wavelets()) made.push_back(wavelet.name);
    return made;
  }();
  return names;
}

const Wavelet& find_wavelet(const std::string& name) {
  for (const Wavelet& wavelet : wavelets())
    if (wavelet.name == name) return wavelet;
  base::throw_error<base::UsageError>("wavelet: expected one of {}, got '{}'",
                                      fmt::join(wavelet_names(), ", "), name);
}

std::vector<WaveletLevel> wavelet_levels(int height, int width) {
  std::vector<WaveletLevel> levels;
  while (std::min(height, width) >= kSmallestSide) {
    levels.push_back({height, width});
    height = levels.back().band_height(), width = levels.back().band_width();
  }
  std::reverse(levels.begin(), levels.end());
  return levels;
}

WaveletBands analyse_wavelet(const at::Tensor& picture, const Wavelet& wavelet) {
  if (picture.dim() != 4 || !picture.is_floating_point() || picture.numel() == 0)
    base::throw_error<base::ShapeError>("wavelet: expected pictures [N, C, H, W], got {} [{}]",
                                        c10::toString(picture.scalar_type()),
                                        fmt::join(picture.sizes().vec(), ", "));
  const FilterPair filters = pair_of(wavelet.analysis, wavelet.synthesis);
  const auto pictures = picture.size(0), channels = picture.size(1);
  WaveletBands bands;
  bands.approximation = picture;
  for ([[maybe_unused]] const WaveletLevel& level :
       wavelet_levels(int(picture.size(2)), int(picture.size(3)))) {
    // Across, then down: [B, 1, h, w] -> [B, 2, h, w/2] -> [2 B, 2, h/2, w/2].
    const at::Tensor even = evened(bands.approximation);
    const at::Tensor across = split(even.flatten(0, 1).unsqueeze(1), filters, 3);
    const at::Tensor both = split(across.flatten(0, 1).unsqueeze(1), filters, 2);
    const auto height = both.size(2), width = both.size(3);
    const at::Tensor quarters = both.reshape({pictures, channels, 4, height, width});
    bands.approximation = quarters.select(2, 0);
    bands.details.push_back(quarters.narrow(2, 1, 3));
  }
  std::reverse(bands.details.begin(), bands.details.end());
  return bands;
}

at::Tensor synthesise_wavelet(const WaveletBands& bands, const Wavelet& wavelet, int height,
                              int width) {
  const std::vector<WaveletLevel> levels = wavelet_levels(height, width);
  if (bands.details.size() != levels.size() || bands.approximation.dim() != 4)
    base::throw_error<base::ShapeError>("wavelet: expected {} levels for {}x{}, got {}",
                                        levels.size(), width, height, bands.details.size());
  const FilterPair filters = pair_of(wavelet.synthesis, wavelet.analysis);
  at::Tensor picture = bands.approximation;
  const auto pictures = picture.size(0), channels = picture.size(1);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const std::int64_t h = levels[i].band_height(), w = levels[i].band_width();
    check_band(picture, {pictures, channels, h, w}, "the blurred copy");
    check_band(bands.details[i], {pictures, channels, 3, h, w}, "detail");
    const at::Tensor quarters = torch::cat({picture.unsqueeze(2), bands.details[i]}, 2);
    const at::Tensor across = join(quarters.reshape({-1, 2, h, w}), filters, 2);
    const at::Tensor whole = join(across.reshape({-1, 2, 2 * h, w}), filters, 3);
    picture = whole.view({pictures, channels, 2 * h, 2 * w})
                  .narrow(2, 0, levels[i].height)
                  .narrow(3, 0, levels[i].width);
  }
  check_band(picture, {pictures, channels, height, width}, "a picture");
  return picture.contiguous();
}

}  // namespace clipguide::imaging
