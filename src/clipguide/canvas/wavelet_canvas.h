#pragma once

#include "clipguide/canvas/make_canvas.h"
#include "clipguide/imaging/wavelet.h"

namespace clipguide::canvas {

/// Wavelet coefficients in decorrelated colours: as in a spectrum a step moves all scales alike,
/// but each coefficient draws in one place, so a subject can be sharp where its surroundings are
/// soft.
///   approximation  [N, 3, h, w]     f32, trainable, 2 or 3 px along its shorter side
///   detail_L       [N, 3, 3, h, w]  f32, trainable, L = 1 the finest
///   picture        sigmoid(colours(inverse transform(bands * scale))); a level's scale falls as
///                  (its number of coefficients)^(-decay/2), which is 1/f^decay, normalised so that
///                  bands of N(0, 1) render pixels of unit deviation
///   cost           about two picture-sized convolutions along each axis
///   Source         aphantasia's DWT: coif2, all levels, its exponent 0.7 is a decay of 1.4
class WaveletCanvas final : public Canvas {
 public:
  explicit WaveletCanvas(const CanvasOptions& options);

  const std::vector<NamedParameter>& parameters() const override { return parameters_; }
  Rendering render() const override;
  void fit(const at::Tensor& picture) override;
  void add_noise(std::span<const base::RandomStream> streams, double amount) override;
  at::Tensor limit_update(std::size_t parameter, const at::Tensor& update,
                          double bandwidth) const override;

 private:
  const imaging::Wavelet& wavelet_;
  std::vector<NamedParameter> parameters_;  // coarse to fine, the approximation first
  std::vector<double> scales_;              // one a parameter
  int height_px_, width_px_;
};

}  // namespace clipguide::canvas
