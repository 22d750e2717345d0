#pragma once

#include <memory>

#include "clipguide/canvas/canvas.h"

namespace clipguide::canvas {

/// Another canvas seen through a mask: what lies beneath stays where the mask is 0.
///   picture  beneath + mask * (canvas - beneath)
/// The gradient is masked alike, so nothing is optimised that is not seen.
class MaskedCanvas final : public Canvas {
 public:
  /// `beneath` [N or 1, 3, H, W] in [0, 1], `mask` [1, 1, H, W] or [1, 1, 1, 1] in [0, 1].
  MaskedCanvas(std::unique_ptr<Canvas> canvas, at::Tensor beneath, at::Tensor mask);

  const std::vector<NamedParameter>& parameters() const override { return canvas_->parameters(); }
  Rendering render() const override;
  void fit(const at::Tensor& picture) override { canvas_->fit(picture); }
  void add_noise(std::span<const base::RandomStream> streams, double amount) override {
    canvas_->add_noise(streams, amount);
  }
  at::Tensor limit_update(std::size_t parameter, const at::Tensor& update,
                          double bandwidth) const override {
    return canvas_->limit_update(parameter, update, bandwidth);
  }
  void set_progress(double progress) override { canvas_->set_progress(progress); }
  at::Tensor render_enlarged(const imaging::Enlargement& to) const override;

 private:
  std::unique_ptr<Canvas> canvas_;
  at::Tensor beneath_, mask_;
};

}  // namespace clipguide::canvas
