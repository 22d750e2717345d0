#pragma once

#include <span>
#include <string>
#include <vector>

#include "clipguide/base/random.h"
#include "clipguide/base/torch.h"
#include "clipguide/imaging/enlarge.h"

namespace clipguide::canvas {

struct NamedParameter {
  std::string name;
  at::Tensor tensor;  ///< leaf, requires_grad, first dimension N
  /// How far one step goes where pixels, or what adds up to them, go by 1: for numbers that mean
  /// something else. 0: the usual kind; all of that kind are measured together.
  double unit = 0;
};

/// N pictures of H x W pixels.
struct Rendering {
  at::Tensor picture;    ///< [N, 3, H, W] f32, sRGB in [0, 1], differentiable to the parameters
  at::Tensor unbounded;  ///< the same before it was brought into [0, 1], to first order around grey
  /// The part that is painted freely and so needs smoothing, [N, 3, H, W]; undefined where that is
  /// the whole picture.
  at::Tensor painted = {};
};

/// What is optimised: parameters that render a batch of pictures.   N pictures, H W pixels.
///
/// Laws (tests/canvas): render stays in [0, 1] and has the shape asked for; every parameter gets a
/// finite, non-zero gradient; fit() reproduces a photograph, as near as the canvas can come;
/// parameters alone restore the picture; a picture does not depend on which others share its batch.
/// A new canvas is plain grey.
class Canvas {
 public:
  virtual ~Canvas() = default;

  /// All trainable tensors, always in the same order; they are the whole state.
  virtual const std::vector<NamedParameter>& parameters() const = 0;

  virtual Rendering render() const = 0;

  /// Sets the parameters so that render() comes as close to `picture` [N or 1, 3, H, W] as it can.
  virtual void fit(const at::Tensor& picture) = 0;

  /// Adds starting noise to the parameters, `amount` times the canvas's usual one.
  ///   streams  N of them, one a picture
  virtual void add_noise(std::span<const base::RandomStream> streams, double amount) = 0;

  /// Coarse to fine: lets only the part of an update through that draws detail up to `bandwidth`,
  /// a share of the highest frequency in (0, 1]. 1 returns the update as it is.
  virtual at::Tensor limit_update(std::size_t parameter, const at::Tensor& update,
                                  double bandwidth) const = 0;

  /// How far the run is, in [0, 1]; 0 at first. A canvas that hardens on the way renders otherwise
  /// for it, and at 1 as a finished picture is to be.
  virtual void set_progress(double progress) {}

  /// The picture at another size, at least its own: [N, 3, height_px, width_px], detached. A canvas
  /// that knows more than its pixels shows it here; the others are enlarged.
  virtual at::Tensor render_enlarged(const imaging::Enlargement& to) const;
};

/// Copies values into the parameters.
///   throws  ShapeError naming the parameter that is missing or has another shape
void restore(const Canvas& canvas, const std::vector<at::Tensor>& values);

}  // namespace clipguide::canvas
