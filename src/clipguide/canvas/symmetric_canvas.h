#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clipguide/canvas/area.h"
#include "clipguide/canvas/canvas.h"

namespace clipguide::canvas {

enum class Symmetry {
  none,
  left_right,  ///< mirrored
  top_bottom,  ///< mirrored
  four,        ///< both
  rotational,  ///< the same after a quarter turn when square, else after a half turn
};

/// none, left-right, top-bottom, four, rotational
const std::vector<std::string>& symmetry_names();
Symmetry parse_symmetry(const std::string& name);  ///< throws  UsageError

/// The part of a picture that is shown, or the largest box within it.
///   square  whether the picture is: what turns is shown by less of it then
Area shown_part(Symmetry symmetry, bool square);

/// Of the images that a symmetry makes of a box the one that is shown most, cut to the part shown;
/// empty where none of them is.
Area shown_image(const Area& box, Symmetry symmetry, bool square);

/// Pictures [N, C, H, W] made symmetric, as the canvas shows them.
at::Tensor symmetric(const at::Tensor& pictures, Symmetry symmetry, bool square);

/// Another canvas of which one part is shown and the rest mirrors or turns it: exactly symmetric,
/// with no colours but the canvas's own. The part shown is pulled by all of its images.
class SymmetricCanvas final : public Canvas {
 public:
  SymmetricCanvas(std::unique_ptr<Canvas> canvas, Symmetry symmetry);

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
  Symmetry symmetry_;
  at::Tensor first_;  // [H W], which pixel each one shows
};

}  // namespace clipguide::canvas
