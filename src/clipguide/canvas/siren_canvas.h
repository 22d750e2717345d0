#pragma once

#include "clipguide/canvas/make_canvas.h"

namespace clipguide::canvas {

/// A small network from a place to its colour, layers of sines: a picture without pixels, that can
/// be rendered at any size. Smooth by nature; fine detail comes late or not at all.
///   N pictures, F features a layer
///   weight_L  [N, in, out]  f32, trainable      bias_L  [N, 1, out]  f32, trainable
///   picture   sigmoid(colours(last layer)); features sin(places * weight + bias); places (x, y),
///             the shorter side from -1 to 1; w0 = 30 is contained in the weights. A tile has its
///             sides rolled up: (x, y) become places on two circles as long as they are
///   cost      2 F^2 multiplications a pixel and layer, the memory of 2 F numbers a pixel and
///             layer; fit() takes 600 passes over at most 16384 pixels
///   Source    Sitzmann et al. 2020, arXiv 2006.09661
class SirenCanvas final : public Canvas {
 public:
  explicit SirenCanvas(const CanvasOptions& options);

  const std::vector<NamedParameter>& parameters() const override { return parameters_; }
  Rendering render() const override;
  void fit(const at::Tensor& picture) override;
  void add_noise(std::span<const base::RandomStream> streams, double amount) override;
  at::Tensor limit_update(std::size_t parameter, const at::Tensor& update,
                          double bandwidth) const override;
  at::Tensor render_enlarged(const imaging::Enlargement& to) const override;

 private:
  at::Tensor colours_at(const std::vector<at::Tensor>& layers, const at::Tensor& places) const;
  at::Tensor places(const imaging::Enlargement& to, int first_row, int rows) const;
  std::vector<at::Tensor> layers() const;

  std::vector<NamedParameter> parameters_;  // weight and bias, layer by layer
  at::Tensor places_;                       // [1, H W, 2], or 4 of a tile
  int height_px_, width_px_;
  bool tile_;
};

}  // namespace clipguide::canvas
