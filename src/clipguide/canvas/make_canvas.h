#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clipguide/canvas/canvas.h"

namespace clipguide::canvas {

struct CanvasOptions {
  std::string kind = "pyramid";
  int pictures = 1;  ///< N
  int height_px = 384;
  int width_px = 384;
  std::string resolutions = "power-of-two";  ///< pyramid: all, every-N, power-of-two
  double decay = 1.5;                        ///< fourier: the spectrum falls as 1/f^decay
  torch::Device device = torch::kCPU;
};

const std::vector<std::string>& canvas_names();

/// A grey canvas of the kind asked for.
///   throws  UsageError for an unknown kind or resolutions, ShapeError for a side under 8 px
std::unique_ptr<Canvas> make_canvas(const CanvasOptions& options);

}  // namespace clipguide::canvas
