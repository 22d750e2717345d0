#include "clipguide/imaging/resample.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "clipguide/base/error.h"

namespace clipguide::imaging {
namespace {

// Keys' cubic with a = -0.5, Pillow's choice (PyTorch's plain bicubic takes -0.75).
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

// Weights are fixed-point numbers with this many fractional bits: 32 less 8 for the level, one for
// the sign and one for the cubic's overshoot. Part of the rule that fixes the result to the bit.
constexpr int kPrecisionBits = 22;

// The stretch of input that makes one output sample.
struct Taps {
  int first = 0;
  std::vector<std::int32_t> weights;
};

// When the picture shrinks, the kernel widens with it: that is the antialiasing.
std::vector<Taps> bicubic_taps(int from, int to) {
  const double scale = double(from) / to;
  const double widening = std::max(scale, 1.0), support = 2 * widening;
  std::vector<Taps> all(static_cast<std::size_t>(to));
  std::vector<double> weights;
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(int(centre - support + 0.5), 0);
    const int last = std::min(int(centre + support + 0.5), from);
    double sum = 0;
    weights.clear();
    for (int x = first; x < last; ++x) {
      weights.push_back(cubic((x - centre + 0.5) * (1 / widening)));
      sum += weights.back();
    }
    Taps& taps = all[std::size_t(i)];
    taps.first = first;
    for (double weight : weights) {
      const double scaled = (sum != 0 ? weight / sum : weight) * (1 << kPrecisionBits);
      taps.weights.push_back(std::int32_t(scaled < 0 ? scaled - 0.5 : scaled + 0.5));
    }
  }
  return all;
}

constexpr std::int32_t kHalf = 1 << (kPrecisionBits - 1);

std::uint8_t to_level(std::int32_t sum) {
  return std::uint8_t(std::clamp(sum >> kPrecisionBits, 0, 255));
}

// [rows, from] -> [rows, to]
void resize_rows(const std::uint8_t* in, std::uint8_t* out, std::int64_t rows, int from,
                 const std::vector<Taps>& all) {
  for (std::int64_t row = 0; row < rows; ++row, in += from) {
    for (const Taps& taps : all) {
      std::int32_t sum = kHalf;
      const std::uint8_t* level = in + taps.first;
      for (std::int32_t weight : taps.weights) sum += *level++ * weight;
      *out++ = to_level(sum);
    }
  }
}

// [from, width] -> [to, width], a whole row at a time so that the inner loop vectorises
void resize_columns(const std::uint8_t* in, std::uint8_t* out, int width,
                    const std::vector<Taps>& all) {
  const std::size_t columns = std::size_t(width);
  std::vector<std::int32_t> sums(columns);
  for (const Taps& taps : all) {
    std::fill(sums.begin(), sums.end(), kHalf);
    const std::uint8_t* row = in + std::size_t(taps.first) * columns;
    for (std::int32_t weight : taps.weights) {
      for (std::size_t x = 0; x < columns; ++x) sums[x] += row[x] * weight;
      row += columns;
    }
    out = std::transform(sums.begin(), sums.end(), out, to_level);
  }
}

void check(const at::Tensor& picture, bool fits, const char* wanted, int height, int width) {
  if (!fits || picture.numel() == 0)
    base::throw_error<base::ShapeError>("resize: expected a picture {}, got {} [{}]", wanted,
                                        c10::toString(picture.scalar_type()),
                                        fmt::join(picture.sizes().vec(), ", "));
  if (height < 1 || width < 1)
    base::throw_error<base::ShapeError>("resize: expected a size of at least 1x1, got {}x{}", width,
                                        height);
}

}  // namespace

at::Tensor resize_bicubic_u8(const at::Tensor& picture, int height, int width) {
  check(picture, picture.dim() == 3 && picture.scalar_type() == at::kByte, "[C, H, W] u8", height,
        width);
  at::Tensor in = picture.cpu().contiguous();
  const std::int64_t channels = in.size(0);
  const int in_height = int(in.size(1)), in_width = int(in.size(2));
  if (width != in_width) {
    at::Tensor out = torch::empty({channels, in_height, width}, in.options());
    resize_rows(in.data_ptr<std::uint8_t>(), out.data_ptr<std::uint8_t>(), channels * in_height,
                in_width, bicubic_taps(in_width, width));
    in = out;
  }
  if (height != in_height) {
    at::Tensor out = torch::empty({channels, height, width}, in.options());
    const std::vector<Taps> taps = bicubic_taps(in_height, height);
    for (std::int64_t c = 0; c < channels; ++c)
      resize_columns(in[c].data_ptr<std::uint8_t>(), out[c].data_ptr<std::uint8_t>(), width, taps);
    in = out;
  }
  return in.is_same(picture) ? in.clone() : in.to(picture.device());
}

at::Tensor resize_bicubic(const at::Tensor& picture, int height, int width) {
  check(picture, picture.dim() == 4 && picture.is_floating_point(), "[N, C, H, W] f32", height,
        width);
  return at::_upsample_bicubic2d_aa(picture.contiguous(), {height, width}, /*align_corners=*/false);
}

}  // namespace clipguide::imaging
