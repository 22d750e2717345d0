#pragma once

#include "clipguide/view/disturbance.h"
#include "clipguide/view/sampler_cpu.h"

/// The CPU's fused look: views sampled and disturbed row by row while they are in the cache, and
/// the adjoint of both. Deterministic to the bit for any number of threads, as the sampler. Knows
/// no torch.
///   picture, views  as sampler_cpu.h
///   passes          [N, V, S, S]: bit c says that channel c of the pixel was neither clipped nor
///                   erased, so its gradient flows; written by the look, read by the adjoint
namespace clipguide::view {

template <class T>
void look_cpu(const SamplePlan& plan, const Disturbance& what, const T* picture, T* views,
              std::uint8_t* passes, int threads);

template <class T>
void look_adjoint_cpu(const SamplePlan& plan, const Disturbance& what, const T* view_gradient,
                      const std::uint8_t* passes, T* picture_gradient, int threads);

}  // namespace clipguide::view
