#pragma once

#include <string>
#include <vector>

#include "clipguide/base/torch.h"

/// Discrete wavelet transform of pictures, differentiable, any size.   N C batch, H W pixels.
///
/// A picture becomes a small blurred copy of itself and, level by level, the detail that the blur
/// took away. Pictures repeat beyond their edges (periodic extension); an odd side gets its last
/// row or column twice, so a level's side is half of the one above it, rounded up.
namespace clipguide::imaging {

/// One low-pass filter and where on the picture its first tap lies.
struct WaveletFilter {
  std::vector<double> taps;
  int first = 0;

  double at(int n) const;  ///< 0 outside
};

/// A biorthogonal pair of low-pass filters; for an orthogonal wavelet both are the same. The
/// high-pass filters follow by alternating signs.
struct Wavelet {
  std::string name;
  WaveletFilter analysis, synthesis;
};

/// haar, db2, db4, sym4, coif2, cdf53, cdf97.   Source of the taps: Daubechies, Ten Lectures on
/// Wavelets (1992), tables 6.1, 6.3, 8.1 and 8.3; the tests check the equations that define them.
const std::vector<std::string>& wavelet_names();

/// throws  UsageError for another name
const Wavelet& find_wavelet(const std::string& name);

/// Coefficients, orthonormal for orthogonal wavelets: their energy is the picture's.
struct WaveletBands {
  at::Tensor approximation;         ///< [N, C, h, w], of the coarsest level
  std::vector<at::Tensor> details;  ///< coarse to fine: [N, C, 3, h, w], detail down, across, both
};

struct WaveletLevel {
  int height, width;  ///< of what this level is made from
  int band_height() const { return (height + 1) / 2; }
  int band_width() const { return (width + 1) / 2; }
};

/// All levels of a picture of this size, coarse to fine: halved until a side is below 4 px.
std::vector<WaveletLevel> wavelet_levels(int height, int width);

/// Taken apart over all levels.   cost  linear in pixels and taps
///   picture  [N, C, H, W]      throws  ShapeError
WaveletBands analyse_wavelet(const at::Tensor& picture, const Wavelet& wavelet);

/// Put together again: analyse_wavelet's inverse, and linear in the bands.
///   returns  [N, C, height, width]      throws  ShapeError for bands of another picture's size
at::Tensor synthesise_wavelet(const WaveletBands& bands, const Wavelet& wavelet, int height,
                              int width);

}  // namespace clipguide::imaging
