#pragma once

#include "clipguide/canvas/make_canvas.h"

namespace clipguide::canvas {

/// Few colours on a coarse grid: pixel art. Every cell holds how much it leans to each colour;
/// early in the run it shows the mixture, at its end the one colour it leans to most.
///   N pictures, K colours, h w cells
///   choice   [N, K, h, w]  f32, trainable
///   colours  [N, 3, K]     f32, trainable, before the sigmoid; not a parameter when colours are
///                          given
///   picture  sum over K of softmax(choice * sharpness) * colour, each cell a square of `cell_px`
///            pixels; sharpness grows geometrically with the progress, and at 1 the choice is hard:
///            exactly K colours
///   throws   UsageError for colours that are not a number from 2 to 256 or #rrggbb,#rrggbb,..
///   cost     K multiplications a cell
class PaletteCanvas final : public Canvas {
 public:
  explicit PaletteCanvas(const CanvasOptions& options);

  const std::vector<NamedParameter>& parameters() const override { return parameters_; }
  Rendering render() const override;
  void fit(const at::Tensor& picture) override;
  void add_noise(std::span<const base::RandomStream> streams, double amount) override;
  at::Tensor limit_update(std::size_t parameter, const at::Tensor& update,
                          double bandwidth) const override;
  void set_progress(double progress) override { progress_ = progress; }
  at::Tensor render_enlarged(const imaging::Enlargement& to) const override;

  at::Tensor colours() const;  ///< [N, 3, K] in [0, 1]

 private:
  at::Tensor render_cells() const;
  at::Tensor cells_of(const at::Tensor& picture) const;
  void lean_to(const at::Tensor& cells, const at::Tensor& colours);

  std::vector<NamedParameter> parameters_;
  at::Tensor given_colours_;  // [1, 3, K], undefined when they are learned
  int height_px_, width_px_, cell_px_;
  int offset_px_;  // of the canvas's edge within the first cell
  double progress_ = 0;
};

/// What `colours` says: a number of colours to learn, or the colours themselves.
struct PaletteSpec {
  int count = 0;
  at::Tensor given;  ///< [3, K] in [0, 1]; undefined when they are to be learned
};
PaletteSpec parse_palette(const std::string& colours);  ///< throws  UsageError

}  // namespace clipguide::canvas
