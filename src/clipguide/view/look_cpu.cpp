#include "clipguide/view/look_cpu.h"

#include <algorithm>
#include <vector>

#include "clipguide/base/parallel.h"
#include "clipguide/imaging/noise_values.h"

namespace clipguide::view {
namespace {

using Colours = Disturbance::OfView;

constexpr std::uint8_t kAllPass = 0b111;

template <class T>
double luma_sum(const ViewRow<T>& row, int side) {
  double sum = 0;
  for (int x = 0; x < side; ++x)
    for (int c = 0; c < kChannels; ++c)
      sum += kLuma[std::size_t(c)] * double(row.first[c * row.plane + x]);
  return sum;
}

// rgb -> matrix * rgb + lifted, clipped.
template <class T>
void recolour_row(const Colours& view, T lifted, int side, const ViewRow<T>& row,
                  std::uint8_t* passes) {
  T matrix[9];
  std::copy(view.matrix.begin(), view.matrix.end(), matrix);
  T *const red = row.first, *const green = red + row.plane, *const blue = green + row.plane;
  for (int x = 0; x < side; ++x) {
    const T r = red[x], g = green[x], b = blue[x];
    red[x] = lifted + matrix[0] * r + matrix[1] * g + matrix[2] * b;
    green[x] = lifted + matrix[3] * r + matrix[4] * g + matrix[5] * b;
    blue[x] = lifted + matrix[6] * r + matrix[7] * g + matrix[8] * b;
    passes[x] =
        std::uint8_t(clip_value(red[x]) | clip_value(green[x]) << 1 | clip_value(blue[x]) << 2);
  }
}

template <class T>
void add_noise_row(const Disturbance& what, const Colours& view, int side, int row_index,
                   const ViewRow<T>& row) {
  constexpr int kAtOnce = 256;
  float drawn[kAtOnce];
  const float amplitude = float(view.amplitude);
  for (int c = 0; c < kChannels; ++c) {
    const std::int64_t first = (std::int64_t(c) * side + row_index) * side;
    T* const values = row.first + c * row.plane;
    for (int x = 0; x < side; x += kAtOnce) {
      const int count = std::min(kAtOnce, side - x);
      const std::span<float> numbers(drawn, std::size_t(count));
      if (what.uniform_noise) {
        imaging::uniform_values(view.noise, first + x, numbers);
        for (int i = 0; i < count; ++i) drawn[i] = drawn[i] * 2 - 1;
      } else {
        imaging::normal_values(view.noise, first + x, numbers);
      }
      for (int i = 0; i < count; ++i) values[x + i] += T(drawn[i] * amplitude);
    }
  }
}

template <class T>
void disturb_row(const Disturbance& what, std::size_t index, int row_index, int side, T mean_luma,
                 const ViewRow<T>& row, std::uint8_t* passes) {
  const Colours& view = what.views[index];
  if (what.recolours)
    recolour_row(view, T(view.lift) * mean_luma, side, row, passes);
  else
    std::fill_n(passes, side, kAllPass);
  if (row_index >= view.top && row_index < view.bottom) {
    for (int c = 0; c < kChannels; ++c)
      std::fill(row.first + c * row.plane + view.left, row.first + c * row.plane + view.right,
                T(what.fill));
    std::fill(passes + view.left, passes + view.right, std::uint8_t(0));
  }
  if (what.adds_noise) add_noise_row(what, view, side, row_index, row);
  if (!what.clips) return;
  for (int c = 0; c < kChannels; ++c)
    for (int x = 0; x < side; ++x)
      if (!clip_value(row.first[c * row.plane + x])) passes[x] &= std::uint8_t(~(1 << c));
}

// What passes of a row's gradient, back through the recolouring.
template <class T>
void undo_row(const Disturbance& what, std::size_t index, int side, T lifted,
              const ViewRow<const T>& gradient, const std::uint8_t* passes, const ViewRow<T>& out) {
  const auto passed = [&](int c, int x) {
    return passes[x] >> c & 1 ? gradient.first[c * gradient.plane + x] : T(0);
  };
  if (!what.recolours) {
    for (int c = 0; c < kChannels; ++c)
      for (int x = 0; x < side; ++x) out.first[c * out.plane + x] = passed(c, x);
    return;
  }
  T matrix[9];
  std::copy(what.views[index].matrix.begin(), what.views[index].matrix.end(), matrix);
  for (int x = 0; x < side; ++x) {
    const T r = passed(0, x), g = passed(1, x), b = passed(2, x);
    for (int c = 0; c < kChannels; ++c)
      out.first[c * out.plane + x] =
          T(kLuma[std::size_t(c)]) * lifted + matrix[c] * r + matrix[3 + c] * g + matrix[6 + c] * b;
  }
}

// One number a view: `of_row` of its rows, on several threads, summed in the rows' order.
template <class OfRow>
std::vector<double> sums_of_views(const SamplePlan& plan, int threads, const OfRow& of_row) {
  const std::int64_t side = plan.side_px, views = std::int64_t(plan.maps.size());
  std::vector<double> sums(static_cast<std::size_t>(views));
  base::run_parallel(views, threads, [&](std::int64_t view) {
    for (int row = 0; row < side; ++row) sums[std::size_t(view)] += of_row(std::size_t(view), row);
  });
  return sums;
}

}  // namespace

template <class T>
void look_cpu(const SamplePlan& plan, const Disturbance& what, const T* picture, T* views,
              std::uint8_t* passes, int threads) {
  const int side = plan.side_px;
  const std::int64_t plane = std::int64_t(side) * side;
  const auto disturb = [&](std::size_t view, int row, T mean_luma, const ViewRow<T>& values) {
    disturb_row(what, view, row, side, mean_luma, values,
                passes + std::int64_t(view) * plane + std::int64_t(row) * side);
  };
  if (!what.lifts) {
    sample_cpu<T>(plan, picture, views, T(kGreyFill), threads,
                  [&](std::size_t view, int row, const ViewRow<T>& values) {
                    disturb(view, row, T(0), values);
                  });
    return;
  }
  // Contrast turns about a view's mean: it has to be seen whole first.
  sample_cpu<T>(plan, picture, views, T(kGreyFill), threads);
  const auto row_of = [&](std::size_t view, int row) {
    return ViewRow<T>{views + std::int64_t(view) * kChannels * plane + std::int64_t(row) * side,
                      plane};
  };
  base::run_parallel(std::int64_t(plan.maps.size()), threads, [&](std::int64_t task) {
    const std::size_t view = std::size_t(task);
    double sum = 0;
    for (int row = 0; row < side; ++row) sum += luma_sum(row_of(view, row), side);
    for (int row = 0; row < side; ++row)
      disturb(view, row, T(sum / double(plane)), row_of(view, row));
  });
}

template <class T>
void look_adjoint_cpu(const SamplePlan& plan, const Disturbance& what, const T* view_gradient,
                      const std::uint8_t* passes, T* picture_gradient, int threads) {
  const int side = plan.side_px;
  const std::int64_t plane = std::int64_t(side) * side;
  const RowGradient<T> rows = rows_of(plan, view_gradient);
  const auto passes_of = [&](std::size_t view, int row) {
    return passes + std::int64_t(view) * plane + std::int64_t(row) * side;
  };

  // Each pixel of a view gets an equal share of what its mean luma got.
  std::vector<double> lifted(plan.maps.size());
  if (what.lifts)
    lifted = sums_of_views(plan, threads, [&](std::size_t view, int row) {
      const ViewRow<const T> gradient = rows(view, row, {});
      const std::uint8_t* const open = passes_of(view, row);
      double sum = 0;
      for (int x = 0; x < side; ++x)
        for (int c = 0; c < kChannels; ++c)
          if (open[x] >> c & 1) sum += double(gradient.first[c * plane + x]);
      return sum * what.views[view].lift / double(plane);
    });

  spread_cpu<T>(
      plan,
      [&](std::size_t view, int row, const ViewRow<T>& scratch) {
        undo_row(what, view, side, T(lifted[view]), rows(view, row, {}), passes_of(view, row),
                 scratch);
        return ViewRow<const T>{scratch.first, scratch.plane};
      },
      picture_gradient, threads);
}

template void look_cpu<float>(const SamplePlan&, const Disturbance&, const float*, float*,
                              std::uint8_t*, int);
template void look_cpu<double>(const SamplePlan&, const Disturbance&, const double*, double*,
                               std::uint8_t*, int);
template void look_adjoint_cpu<float>(const SamplePlan&, const Disturbance&, const float*,
                                      const std::uint8_t*, float*, int);
template void look_adjoint_cpu<double>(const SamplePlan&, const Disturbance&, const double*,
                                       const std::uint8_t*, double*, int);

}  // namespace clipguide::view
