#pragma once

#include <functional>

#include "clipguide/view/sample_plan.h"

/// The CPU's sampler and its adjoint, for float and double. Deterministic to the bit for any number
/// of threads: a view row is the work of one thread, and each texel of the gradient receives its
/// contributions in the order of views, rows and columns. Knows no torch.
///   picture, gradient of it  [N, 3, H, W] contiguous; overwritten by spread_cpu
///   views, gradient of them  [N, V, 3, S, S] contiguous; overwritten by sample_cpu
///   view                     counts through all N * V
namespace clipguide::view {

/// One row of a view, [3, S]: channel c begins at first + c * plane.
template <class T>
struct ViewRow {
  T* first;
  std::int64_t plane;
};

/// What is done to a row as soon as it is sampled, on whatever thread.
template <class T>
using RowSampled = std::function<void(std::size_t view, int row, const ViewRow<T>& values)>;

/// Where the gradient of a row lies, or is put: `scratch` has room for [3, S]. Called on several
/// threads, for a row as often as there are bands that it meets.
template <class T>
using RowGradient =
    std::function<ViewRow<const T>(std::size_t view, int row, const ViewRow<T>& scratch)>;

///   grey  value of Border::grey: kGreyFill, or 0 for a derivative
template <class T>
void sample_cpu(const SamplePlan& plan, const T* picture, T* views, T grey, int threads,
                const RowSampled<T>& on_row = {});
template <class T>
void spread_cpu(const SamplePlan& plan, const RowGradient<T>& gradient, T* picture_gradient,
                int threads);

/// The rows of a gradient as it lies in memory.
template <class T>
RowGradient<T> rows_of(const SamplePlan& plan, const T* view_gradient) {
  const std::int64_t side = plan.side_px, plane = side * side;
  return [=](std::size_t view, int row, const ViewRow<T>&) {
    return ViewRow<const T>{view_gradient + std::int64_t(view) * kChannels * plane + row * side,
                            plane};
  };
}

}  // namespace clipguide::view
