#pragma once

#include "clipguide/canvas/make_canvas.h"

namespace clipguide::canvas {

/// A half spectrum in decorrelated colours: an optimiser step moves all scales and all colours
/// alike, so pictures get the 1/f^decay spectrum of photographs instead of high-frequency texture.
///   spectrum  [N, 3, H, W/2+1, 2]  f32, trainable
///   picture   sigmoid(colours(inverse FFT(spectrum * scale))), scale falling as 1/f^decay and
///             normalised so that a spectrum of N(0, 1) renders pixels of unit deviation
///   throws    ShapeError when H or W < 8
///   cost      one inverse FFT.     Source: lucid, param/spatial; aphantasia
class FourierCanvas final : public Canvas {
 public:
  explicit FourierCanvas(const CanvasOptions& options);

  const std::vector<NamedParameter>& parameters() const override { return parameters_; }
  Rendering render() const override;
  void fit(const at::Tensor& picture) override;
  void add_noise(std::span<const base::RandomStream> streams, double amount) override;
  at::Tensor limit_update(std::size_t parameter, const at::Tensor& update,
                          double bandwidth) const override;

 private:
  std::vector<NamedParameter> parameters_;
  at::Tensor scale_;      // [H, W/2+1]
  at::Tensor frequency_;  // [H, W/2+1], cycles a pixel
  std::int64_t height_px_, width_px_;
};

}  // namespace clipguide::canvas
