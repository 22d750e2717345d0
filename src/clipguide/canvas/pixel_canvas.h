#pragma once

#include "clipguide/canvas/make_canvas.h"

namespace clipguide::canvas {

/// Raw RGB: the textbook form, and the one that shows what CLIP does without a constraint.
///   pixels   [N, 3, H, W]  f32, trainable
///   picture  pixels clamped to [0, 1], see imaging::clamp_unit
///   cost     none
class PixelCanvas final : public Canvas {
 public:
  explicit PixelCanvas(const CanvasOptions& options);

  const std::vector<NamedParameter>& parameters() const override { return parameters_; }
  Rendering render() const override;
  void fit(const at::Tensor& picture) override;
  void add_noise(std::span<const base::RandomStream> streams, double amount) override;
  at::Tensor limit_update(std::size_t parameter, const at::Tensor& update,
                          double bandwidth) const override;

 private:
  std::vector<NamedParameter> parameters_;
};

}  // namespace clipguide::canvas
