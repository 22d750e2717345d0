#pragma once

#include <optional>

#include "clipguide/canvas/latent_network.h"
#include "clipguide/canvas/make_canvas.h"

namespace clipguide::canvas {

/// The latents of a pretrained decoder: every step stays near what the decoder knows to draw.
///   latent   [N, C, h, w]  f32, trainable; the decoder's scale is usually 8
///   picture  decoder(latent) clamped to [0, 1], see imaging::clamp_unit
///   throws   UsageError without a decoder, FormatError for one that is none or does not fit the
///            encoder
///   cost     the decoder, there and back. fit() takes one pass of the encoder, or without one
///            about a hundred passes of the decoder
class LatentCanvas final : public Canvas {
 public:
  explicit LatentCanvas(const CanvasOptions& options);

  const std::vector<NamedParameter>& parameters() const override { return parameters_; }
  Rendering render() const override;
  void fit(const at::Tensor& picture) override;
  void add_noise(std::span<const base::RandomStream> streams, double amount) override;
  at::Tensor limit_update(std::size_t parameter, const at::Tensor& update,
                          double bandwidth) const override;

 private:
  at::Tensor grey_latent() const;
  at::Tensor padded(const at::Tensor& picture) const;

  LatentNetwork decoder_;
  std::optional<LatentNetwork> encoder_;
  std::vector<NamedParameter> parameters_;
  int height_px_, width_px_;
};

}  // namespace clipguide::canvas
