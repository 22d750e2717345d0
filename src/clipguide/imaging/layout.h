#pragma once

#include <array>
#include <vector>

#include "clipguide/base/random.h"
#include "clipguide/base/torch.h"

/// Random layouts to start a picture from: a ground that may change from top to bottom, and one to
/// three soft blobs on it. They say where something is and in which colours, and nothing of what.
namespace clipguide::imaging {

using Rgb = std::array<float, 3>;

struct Blob {
  Rgb colour{};
  float x = 0.5f, y = 0.5f;  ///< centre, in parts of the picture's sides
  float radius_x = 0.3f, radius_y = 0.3f;
  float edge = 4;  ///< how sharp
};

struct Layout {
  Rgb top{}, bottom{};
  float horizon = 0.5f, horizon_width = 0.2f;  ///< where the ground changes, and over how far
  std::vector<Blob> blobs;
  bool repeats = false;  ///< beyond the edges: the lower ground then ends where the upper begins
};

/// The layout that a stream holds, the same on every machine.
Layout draw_layout(base::RandomStream stream);

/// Paints layouts; what lies beyond the picture's edge goes on as the layout says.
///   margin_px  canvas beyond each edge of the picture of height x width
///   returns    [N, 3, height + 2 margin, width + 2 margin] f32 in [0, 1]
at::Tensor paint_layouts(const std::vector<Layout>& layouts, int height, int width, int margin_px);

}  // namespace clipguide::imaging
