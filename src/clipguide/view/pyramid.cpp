#include "clipguide/view/pyramid.h"

#include "clipguide/base/parallel.h"

namespace clipguide::view {
namespace {

// Texels as they lie in the pyramid, and in a picture: planes behind one another.
template <class T>
struct Interleaved {
  T* first;
  int width;

  T* at(std::int64_t y, std::int64_t x) const { return first + (y * width + x) * kLanes; }
  static constexpr int kChannelCount = kLanes;
  static constexpr std::int64_t channel(int c) { return c; }
};
template <class T>
struct Planar {
  T* first;
  int width;
  std::int64_t plane;

  T* at(std::int64_t y, std::int64_t x) const { return first + y * width + x; }
  static constexpr int kChannelCount = kChannels;
  std::int64_t channel(int c) const { return c * plane; }
};

template <class T>
Interleaved<T> texels_of(const Level& level, T* texels) {
  return {texels + level.offset * kLanes, level.width};
}
template <class T>
Planar<T> pixels_of(const Level& level, T* picture) {
  return {picture, level.width, std::int64_t(level.width) * level.height};
}

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
template <class T, bool kAdd, class In, class Out>
void share_texels(const std::vector<AreaShare>& rows, const std::vector<AreaShare>& columns,
                  const In& in, const Out& out, int threads) {
  constexpr int kCount = In::kChannelCount;
  base::run_parallel(std::int64_t(rows.size()), threads, [&](std::int64_t y) {
    const AreaShare& row = rows[std::size_t(y)];
    for (std::size_t x = 0; x < columns.size(); ++x) {
      const AreaShare& column = columns[x];
      T sum[kLanes] = {};
      for (int i = 0; i < row.count; ++i)
        for (int k = 0; k < column.count; ++k) {
          const T* const source = in.at(row.first + i, column.first + k);
          const T weight = T(row.weight[i] * column.weight[k]);
          for (int c = 0; c < kCount; ++c) sum[c] += weight * source[in.channel(c)];
        }
      T* const texel = out.at(y, std::int64_t(x));
      for (int c = 0; c < Out::kChannelCount; ++c)
        texel[out.channel(c)] = kAdd ? texel[out.channel(c)] + sum[c] : sum[c];
    }
  });
}

}  // namespace

template <class T>
void build_pyramid(const SamplePlan& plan, const T* picture, T* texels, int threads) {
  const bool from_picture = plan.first_level > 0;
  if (!from_picture) interleave(plan, picture, texels, threads);
  for (std::size_t i = 1; i < plan.levels.size(); ++i) {
    const Level &fine = plan.levels[i - 1], &coarse = plan.levels[i];
    const auto rows = area_shares(fine.height, coarse.height);
    const auto columns = area_shares(fine.width, coarse.width);
    const Interleaved<T> out = texels_of(coarse, texels);
    if (i == 1 && from_picture)
      share_texels<T, false>(rows, columns, pixels_of(fine, picture), out, threads);
    else
      share_texels<T, false>(rows, columns, texels_of(fine, texels), out, threads);
  }
}

template <class T>
void collapse_pyramid(const SamplePlan& plan, T* texels, T* picture, int threads) {
  for (std::size_t i = plan.levels.size() - 1; i > 0; --i) {
    const Level &fine = plan.levels[i - 1], &coarse = plan.levels[i];
    const auto rows = area_shares_transposed(fine.height, coarse.height);
    const auto columns = area_shares_transposed(fine.width, coarse.width);
    const Interleaved<T> in = texels_of(coarse, texels), out = texels_of(fine, texels);
    // Finer than any view looks there is nothing to add to.
    if (int(i) > plan.first_level)
      share_texels<T, true>(rows, columns, in, out, threads);
    else if (i > 1)
      share_texels<T, false>(rows, columns, in, out, threads);
    else
      share_texels<T, false>(rows, columns, in, pixels_of(fine, picture), threads);
  }
  if (plan.first_level == 0) deinterleave(plan, texels, picture, threads);
}

template void build_pyramid<float>(const SamplePlan&, const float*, float*, int);
template void build_pyramid<double>(const SamplePlan&, const double*, double*, int);
template void collapse_pyramid<float>(const SamplePlan&, float*, float*, int);
template void collapse_pyramid<double>(const SamplePlan&, double*, double*, int);

}  // namespace clipguide::view
