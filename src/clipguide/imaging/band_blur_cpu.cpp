#include "clipguide/imaging/band_blur_cpu.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "clipguide/base/parallel.h"
#include "clipguide/imaging/band.h"

namespace clipguide::imaging {
namespace {

// Columns that are transformed together: two real ones make a complex signal.
constexpr int kTogether = 2 * kFftLanes;

// A tile's numbers for eight columns: [frequency][column] here, [column][frequency] in the
// spectrum.
using Block = float[kFftLanes][kFftLanes];

void store_block(const Block& block, int columns, FftVector* spectrum) {
  float* const out = reinterpret_cast<float*>(spectrum);
  for (int c = 0; c < columns; ++c)
    for (int k = 0; k < kFftLanes; ++k) out[c * kFftLanes + k] = block[k][c];
}

void load_block(const FftVector* spectrum, int columns, Block& block) {
  const float* const in = reinterpret_cast<const float*>(spectrum);
  for (int c = 0; c < columns; ++c)
    for (int k = 0; k < kFftLanes; ++k) block[k][c] = in[c * kFftLanes + k];
  for (int c = columns; c < kFftLanes; ++c)
    for (int k = 0; k < kFftLanes; ++k) block[k][c] = 0;
}

FftVector& row_of(Block& block, int row) { return reinterpret_cast<FftVector&>(block[row]); }

}  // namespace

// Up to kTogether columns of a plane, the first half of them the real parts of a tile's signals,
// the second the imaginary ones.
struct BandBlur::Columns {
  std::int64_t plane;
  int first, real, imaginary;
};

BandBlur::BandBlur(int height, int width, double bandwidth)
    : height_(height), width_(width), bandwidth_(bandwidth), down_(height), across_(width) {
  const int passing = int(last_passed(bandwidth) * height) + 1;
  tiles_ = (std::min(passing, height / 2 + 1) + kFftLanes - 1) / kFftLanes;
}

/// A tile of a plane's half spectrum: width_ vectors of real parts, then as many of imaginary ones.
FftVector* BandBlur::tile(FftVector* spectrum, std::int64_t plane, int tile) const {
  return spectrum + (plane * tiles_ + tile) * 2 * width_;
}

void BandBlur::transform_columns(const Columns& columns, const float* in,
                                 FftVector* spectrum) const {
  const FftRoom room(height_);
  FftSignals s = room.signals();
  const float* row = in + columns.plane * height_ * width_ + columns.first;
  for (int y = 0; y < height_; ++y, row += width_) {
    s.re[y] = s.im[y] = FftVector{};
    std::memcpy(&s.re[y], row, std::size_t(columns.real) * sizeof(float));
    std::memcpy(&s.im[y], row + kFftLanes, std::size_t(columns.imaginary) * sizeof(float));
  }
  fft(down_, s);
  // Take the two columns of each signal apart: twice their spectra.
  for (int t = 0; t < tiles_; ++t) {
    alignas(FftVector) Block re[2] = {}, im[2] = {};
    for (int k = 0; k < kFftLanes; ++k) {
      const int up = t * kFftLanes + k, down = (height_ - up) % height_;
      if (up > height_ / 2) break;
      row_of(re[0], k) = s.re[up] + s.re[down];
      row_of(im[0], k) = s.im[up] - s.im[down];
      row_of(re[1], k) = s.im[up] + s.im[down];
      row_of(im[1], k) = s.re[down] - s.re[up];
    }
    FftVector* const out = tile(spectrum, columns.plane, t) + columns.first;
    store_block(re[0], columns.real, out);
    store_block(im[0], columns.real, out + width_);
    store_block(re[1], columns.imaginary, out + kFftLanes);
    store_block(im[1], columns.imaginary, out + width_ + kFftLanes);
  }
}

void BandBlur::filter_rows(int t, std::int64_t planes, FftVector* spectrum) const {
  const FftRoom room(width_);
  // What passes, with the factors that the transforms leave.
  const float scale = float(0.5 / (double(height_) * width_)),
              last = float(last_passed(bandwidth_));
  std::vector<FftVector> mask(std::size_t(width_ / 2 + 1));
  for (int x = 0; x <= width_ / 2; ++x)
    for (int k = 0; k < kFftLanes; ++k) {
      const float fx = float(x) / float(width_), fy = float(t * kFftLanes + k) / float(height_);
      const float frequency = std::sqrt(fx * fx + fy * fy);
      const bool passes = fy <= float(kNyquist) && frequency <= last;
      mask[std::size_t(x)][k] = passes ? passed(frequency, bandwidth_) * scale : 0.0f;
    }
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    FftVector* const re = tile(spectrum, plane, t);
    FftSignals s = room.signals();
    s.re = re;
    s.im = re + width_;
    fft(across_, s);
    for (int x = 0; x < width_; ++x) {
      const FftVector& share = mask[std::size_t(std::min(x, width_ - x))];
      s.re[x] *= share;
      s.im[x] *= share;
    }
    s.exchange();
    fft(across_, s);  // twice as many passes: the result lies where the tile was
  }
}

void BandBlur::restore_columns(const Columns& columns, FftVector* spectrum, float* out) const {
  const FftRoom room(height_);
  FftSignals s = room.signals();
  std::fill_n(s.re, height_, FftVector{});
  std::fill_n(s.im, height_, FftVector{});
  for (int t = 0; t < tiles_; ++t) {
    alignas(FftVector) Block re[2], im[2];
    const FftVector* const in = tile(spectrum, columns.plane, t) + columns.first;
    load_block(in, columns.real, re[0]);
    load_block(in + width_, columns.real, im[0]);
    load_block(in + kFftLanes, columns.imaginary, re[1]);
    load_block(in + width_ + kFftLanes, columns.imaginary, im[1]);
    for (int k = 0; k < kFftLanes; ++k) {
      const int up = t * kFftLanes + k, down = (height_ - up) % height_;
      if (up > height_ / 2) break;
      // Two real columns as one signal. At both ends their spectra are real.
      if (up == down) {
        s.re[up] = row_of(re[0], k);
        s.im[up] = row_of(re[1], k);
        continue;
      }
      s.re[up] = row_of(re[0], k) - row_of(im[1], k);
      s.im[up] = row_of(im[0], k) + row_of(re[1], k);
      s.re[down] = row_of(re[0], k) + row_of(im[1], k);
      s.im[down] = row_of(re[1], k) - row_of(im[0], k);
    }
  }
  s.exchange();
  fft(down_, s);
  s.exchange();
  float* row = out + columns.plane * height_ * width_ + columns.first;
  for (int y = 0; y < height_; ++y, row += width_) {
    std::memcpy(row, &s.re[y], std::size_t(columns.real) * sizeof(float));
    std::memcpy(row + kFftLanes, &s.im[y], std::size_t(columns.imaginary) * sizeof(float));
  }
}

void BandBlur::apply(const float* in, float* out, std::int64_t planes, int threads) const {
  const std::unique_ptr<FftVector[]> spectrum(
      new FftVector[std::size_t(planes) * std::size_t(tiles_) * 2 * std::size_t(width_)]);
  const int stretches = (width_ + kTogether - 1) / kTogether;
  const auto columns_of = [&](std::int64_t task) {
    const int first = int(task % stretches) * kTogether, count = width_ - first;
    return Columns{task / stretches, first, std::min(count, kFftLanes),
                   std::clamp(count - kFftLanes, 0, kFftLanes)};
  };
  base::run_parallel(planes * stretches, threads, [&](std::int64_t task) {
    transform_columns(columns_of(task), in, spectrum.get());
  });
  base::run_parallel(tiles_, threads,
                     [&](std::int64_t task) { filter_rows(int(task), planes, spectrum.get()); });
  base::run_parallel(planes * stretches, threads, [&](std::int64_t task) {
    restore_columns(columns_of(task), spectrum.get(), out);
  });
}

}  // namespace clipguide::imaging
