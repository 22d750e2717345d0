#include "clipguide/view/pyramid.h"

#include "clipguide/base/parallel.h"

namespace clipguide::view {
namespace {

template <class T>
void interleave(const SamplePlan& plan, const T* picture, T* texels, int threads) {
  const std::int64_t plane = std::int64_t(plan.width()) * plan.height();
  base::run_parallel(plan.height(), threads, [&](std::int64_t row) {
    const T* in = picture + row * plan.width();
    T* out = texels + row * plan.width() * kLanes;
    for (int x = 0; x < plan.width(); ++x, ++in, out += kLanes) {
      out[0] = in[0], out[1] = in[plane], out[2] = in[2 * plane];
      out[3] = 0;
    }
  });
}

template <class T>
void deinterleave(const SamplePlan& plan, const T* texels, T* picture, int threads) {
  const std::int64_t plane = std::int64_t(plan.width()) * plan.height();
  base::run_parallel(plan.height(), threads, [&](std::int64_t row) {
    const T* in = texels + row * plan.width() * kLanes;
    T* out = picture + row * plan.width();
    for (int x = 0; x < plan.width(); ++x, ++out, in += kLanes)
      out[0] = in[0], out[plane] = in[1], out[2 * plane] = in[2];
  });
}

// out (y, x) (+)= sum of rows[y].weight * columns[x].weight * in: the step between two levels.
template <bool kAdd, class T>
void share_texels(const std::vector<AreaShare>& rows, const std::vector<AreaShare>& columns,
                  const T* in, int in_width, T* out, int threads) {
  base::run_parallel(std::int64_t(rows.size()), threads, [&](std::int64_t y) {
    const AreaShare& row = rows[std::size_t(y)];
    T* texel = out + y * std::int64_t(columns.size()) * kLanes;
    for (const AreaShare& column : columns) {
      T sum[kLanes] = {};
      for (int i = 0; i < row.count; ++i) {
        const T* source = in + (std::int64_t(row.first + i) * in_width + column.first) * kLanes;
        for (int k = 0; k < column.count; ++k, source += kLanes) {
          const T weight = T(row.weight[i] * column.weight[k]);
          for (int c = 0; c < kLanes; ++c) sum[c] += weight * source[c];
        }
      }
      for (int c = 0; c < kLanes; ++c) texel[c] = kAdd ? texel[c] + sum[c] : sum[c];
      texel += kLanes;
    }
  });
}

}  // namespace

template <class T>
void build_pyramid(const SamplePlan& plan, const T* picture, T* texels, int threads) {
  interleave(plan, picture, texels, threads);
  for (std::size_t i = 1; i < plan.levels.size(); ++i) {
    const Level &fine = plan.levels[i - 1], &coarse = plan.levels[i];
    share_texels<false>(area_shares(fine.height, coarse.height),
                        area_shares(fine.width, coarse.width), texels + fine.offset * kLanes,
                        fine.width, texels + coarse.offset * kLanes, threads);
  }
}

template <class T>
void collapse_pyramid(const SamplePlan& plan, T* texels, T* picture, int threads) {
  for (std::size_t i = plan.levels.size() - 1; i > 0; --i) {
    const Level &fine = plan.levels[i - 1], &coarse = plan.levels[i];
    share_texels<true>(area_shares_transposed(fine.height, coarse.height),
                       area_shares_transposed(fine.width, coarse.width),
                       texels + coarse.offset * kLanes, coarse.width, texels + fine.offset * kLanes,
                       threads);
  }
  deinterleave(plan, texels, picture, threads);
}

template void build_pyramid<float>(const SamplePlan&, const float*, float*, int);
template void build_pyramid<double>(const SamplePlan&, const double*, double*, int);
template void collapse_pyramid<float>(const SamplePlan&, float*, float*, int);
template void collapse_pyramid<double>(const SamplePlan&, double*, double*, int);

}  // namespace clipguide::view
