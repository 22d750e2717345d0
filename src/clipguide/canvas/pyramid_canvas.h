#pragma once

#include "clipguide/canvas/make_canvas.h"

namespace clipguide::canvas {

/// A sum of planes at many resolutions, squashed by tanh: coarse planes move large areas together,
/// which is what keeps the ascent from ending in adversarial noise.
///   plane_R  [N, 3, h, w]  f32, trainable, R = min(h, w), each with the picture's aspect
///   picture  (tanh(sum over R of upsample(plane_R)) + 1) / 2, bicubic; the finest plane is H x W
///            tiled: planes repeat beyond their edges, so the picture does without a seam
///   cost     one upsampling a plane: "all" has min(H, W) of them, "power-of-two" about ten
///   Source   Direct Ascent Synthesis, arXiv 2502.07753
class PyramidCanvas final : public Canvas {
 public:
  explicit PyramidCanvas(const CanvasOptions& options);

  const std::vector<NamedParameter>& parameters() const override { return parameters_; }
  Rendering render() const override;
  void fit(const at::Tensor& picture) override;
  void add_noise(std::span<const base::RandomStream> streams, double amount) override;
  at::Tensor limit_update(std::size_t parameter, const at::Tensor& update,
                          double bandwidth) const override;

 private:
  at::Tensor sum_planes() const;

  std::vector<NamedParameter> parameters_;  // coarse to fine
  std::vector<int> resolutions_;
  bool tile_;
};

/// The resolutions of a spec, ascending, ending with `side_px`: "all", "every-N" or "power-of-two".
///   throws  UsageError
std::vector<int> parse_resolutions(const std::string& spec, int side_px);

}  // namespace clipguide::canvas
