#pragma once

#include "clipguide/base/torch.h"
#include "clipguide/canvas/area.h"

namespace clipguide::canvas {

/// One object of a collage.
struct Placement {
  at::Tensor code;          ///< [C]
  double x = 0.5, y = 0.5;  ///< its centre, in parts of the picture's sides
  double size = 0.7;        ///< side of its square, in parts of the picture's shorter side
  double turn = 0;          ///< radians, clockwise
  double opacity = 1;       ///< 0: not there
  at::Tensor tint = {};     ///< [6], see CollageCanvas; undefined: as the generator has it
  Area area = {};  ///< that its square does not leave; the whole picture: it may go anywhere
};

/// [4]: x, y, log of the size, turn, as the canvas holds them.
at::Tensor place_values(const Placement& object);

}  // namespace clipguide::canvas
