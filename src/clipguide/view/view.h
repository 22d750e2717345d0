#pragma once

#include <span>

#include "clipguide/base/random.h"
#include "clipguide/base/torch.h"

namespace clipguide::view {

/// Which views are wanted: number `first` to `first + count - 1` of this step's.
struct ViewRange {
  int first = 0;
  int count = 1;
};

/// How CLIP looks at the picture: crops, turns and disturbances.
///   N pictures, C = 3, H W pixels, V views a picture, S view side.
///
/// Laws (tests/view): the same stream gives the same views, to the bit, however the range is split;
/// the views of picture n depend on stream n alone; at strength 0 a view is the plain picture.
class View {
 public:
  virtual ~View() = default;

  /// Views a picture at this point of the run; `progress` in [0, 1].
  virtual int count(double progress) const = 0;

  /// Renders views, differentiable to the picture.
  ///   picture_srgb  [N, 3, H, W] in [0, 1]
  ///   streams       N of them, one a picture, each already at the current step
  ///   returns       [N, V, 3, S, S], V = range.count
  /// Geometry does not depend on S: several models see the same cuts.
  virtual at::Tensor look(const at::Tensor& picture_srgb, int side_px, ViewRange range,
                          std::span<const base::RandomStream> streams, double progress) const = 0;
};

}  // namespace clipguide::view
