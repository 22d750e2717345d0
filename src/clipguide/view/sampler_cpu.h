#pragma once

#include "clipguide/view/sample_plan.h"

namespace clipguide::view {

/// The CPU's sampler and its adjoint, for float and double. Deterministic to the bit for any number
/// of threads: a view row is the work of one thread, and each texel of the gradient receives its
/// contributions in the order of views, rows and columns. Knows no torch.
///   picture, gradient of it  [N, 3, H, W] contiguous; overwritten by spread_cpu
///   views, gradient of them  [N, V, 3, S, S] contiguous; overwritten by sample_cpu
///   grey                     value of Border::grey: kGreyFill, or 0 for a derivative
template <class T>
void sample_cpu(const SamplePlan& plan, const T* picture, T* views, T grey, int threads);
template <class T>
void spread_cpu(const SamplePlan& plan, const T* view_gradient, T* picture_gradient, int threads);

}  // namespace clipguide::view
