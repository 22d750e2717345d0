#pragma once

#include "clipguide/view/sample_plan.h"

/// The pyramid's numbers on the CPU.   H W canvas pixels. Knows no torch.
namespace clipguide::view {

/// Texels are interleaved and padded to four channels: a tap is then one vector operation.
inline constexpr int kLanes = 4;

/// The channels of a texel as one vector: GCC's and Clang's extension, which every target can
/// lower.
template <class T>
struct Lanes {
  typedef T Type __attribute__((vector_size(kLanes * sizeof(T))));
};

/// One picture's levels, finest first; the canvas itself only where a view looks at it.
///   picture  [3, H, W]        texels  [plan.texels(), kLanes], written
template <class T>
void build_pyramid(const SamplePlan& plan, const T* picture, T* texels, int threads);

/// The adjoint: collects a gradient of all levels from plan.first_level on in that of the picture.
///   texels  [plan.texels(), kLanes], used up        picture  [3, H, W], written
template <class T>
void collapse_pyramid(const SamplePlan& plan, T* texels, T* picture, int threads);

}  // namespace clipguide::view
