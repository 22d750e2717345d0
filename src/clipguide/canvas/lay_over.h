#pragma once

#include "clipguide/base/torch.h"

namespace clipguide::canvas {

/// Objects over a backdrop, as the collage canvas lays them: each a square of texels, sampled
/// bilinearly where its place says, later ones over earlier ones.
///   backdrop  [N, 3, H, W]
///   drawn     [N, K, 4, S, S]: straight colour and opacity
///   place     [N, K, 4], in parts of the H x W picture less `margin_px` on each side
///   opacity   [N, K]
///   held      [N, 1, H, W]: the part of its gradient that the backdrop does not get; undefined:
///   none.
///             Without a gradient itself
///   returns   [N, 3, H, W]. On a CPU the same bits for any number of threads, there and back.
at::Tensor lay_over(const at::Tensor& backdrop, const at::Tensor& drawn, const at::Tensor& place,
                    const at::Tensor& opacity, int margin_px, const at::Tensor& held = {});

/// The same of libtorch's operators: on other devices, for other types, and what the former is held
/// to.
at::Tensor lay_over_by_operators(const at::Tensor& backdrop, const at::Tensor& drawn,
                                 const at::Tensor& place, const at::Tensor& opacity, int margin_px,
                                 const at::Tensor& held = {});

/// The same over a picture that repeats beyond its edges, without a margin: what crosses one comes
/// in on the other side. An object's copies are laid as further objects, those alone that show
/// (on other devices than a CPU all that might).
at::Tensor lay_over_tile(const at::Tensor& backdrop, const at::Tensor& drawn,
                         const at::Tensor& place, const at::Tensor& opacity,
                         const at::Tensor& held = {});

}  // namespace clipguide::canvas
