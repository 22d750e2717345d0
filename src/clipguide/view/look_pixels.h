#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "clipguide/base/both.h"
#include "clipguide/base/philox.h"
#include "clipguide/view/disturbance.h"
#include "clipguide/view/sample_plan.h"

/// A look (look.h) as work that is done pixel by pixel, in any order: what a CUDA kernel runs, and
/// a loop on the CPU that it is tested by. Knows no torch.
///   N pictures, V views each, S view side, T texels of a picture's whole pyramid.
///
/// The gradient is summed up in whole numbers, so that its bits do not depend on the order in which
/// threads come.
namespace clipguide::view::pixels {

/// One view: where it looks, and Disturbance::OfView.
struct ViewEntry {
  PixelMap map;
  Border border;
  float matrix[9], lift;
  int left, top, right, bottom;
  float amplitude;
};

/// One look. Pointers are to the device's memory.
struct Job {
  int pictures, views, side;  ///< N, V, S
  const Level* levels;
  int level_count, first_level;  ///< those before the first, no view looks at
  std::int64_t texels;           ///< T
  const ViewEntry* entries;      ///< [N * V]
  const std::uint64_t* noise;    ///< keys, [N * V, noise_blocks]
  std::int64_t noise_block;      ///< numbers that share a key
  int noise_blocks;
  bool recolours, adds_noise, clips, lifts, uniform_noise;
  float fill, grey;

  CLIPGUIDE_BOTH std::int64_t plane() const { return std::int64_t(side) * side; }
  CLIPGUIDE_BOTH std::int64_t all_views() const { return std::int64_t(pictures) * views; }
};

/// What the way there writes.
struct Looked {
  float* texels;         ///< [N, T, 3]: the pyramid
  float* views;          ///< [N, V, 3, S, S]
  std::uint8_t* passes;  ///< [N, V, S, S], as look_cpu.h
  double* row_sums;      ///< [N, V, S]; only where lifts
  float* mean_luma;      ///< [N, V]; only where lifts
};

/// What the way back reads and writes.
struct Spread {
  const float* view_gradient;  ///< [N, V, 3, S, S]
  const std::uint8_t* passes;  ///< [N, V, S, S]
  const float* largest;        ///< of the view gradient, by absolute value
  float bound;                 ///< what undoing colours can multiply it by
  double* row_sums;            ///< [N, V, S]; only where lifts
  float* lifted;               ///< [N, V]; only where lifts
  unsigned long long* texels;  ///< [N, T, 3], zero to begin with
  float* sums;                 ///< [N, T, 3]
  float* picture_gradient;     ///< [N, 3, H, W]
};

/// kLuma, which lies in the host's memory.
CLIPGUIDE_BOTH inline double luma_weight(int channel) {
  constexpr double kWeights[kChannels] = {kLuma[0], kLuma[1], kLuma[2]};
  return kWeights[channel];
}

/// A tent's taps along one axis, as taps.h has them.
struct AxisTaps {
  int first, count;
  float from, slope, norm;

  CLIPGUIDE_BOTH AxisTaps(double centre_px, double scale, double step_px) {
    const double middle = centre_px * scale - 0.5;
    const Tent tent(step_px, scale);
    const double begin = floor_of(middle - tent.radius) + 1;
    first = int(begin), from = float(begin - middle), slope = float(tent.slope), norm = 1;
    float sum = 0;
    for (count = 0; count < kMostTaps; ++count) {
      if (from + float(count) > 0 && weight(count) <= 0) break;
      sum += weight(count);
    }
    norm = 1 / sum;
  }
  CLIPGUIDE_BOTH float weight(int k) const {
    const float place = from + float(k), height = 1 - (place < 0 ? -place : place) * slope;
    return height > 0 ? height * norm : 0;
  }
};

/// visit(texel, weight) for all that a view's pixel is made of.   returns  the weights' sum: 1 but
/// for Border::grey
template <class Visit>
CLIPGUIDE_BOTH float visit_taps(const Job& job, const ViewEntry& entry, int column, int row,
                                const Visit& visit) {
  const PixelMap::Place place = entry.map.at(column, row);
  const std::span<const Level> levels(job.levels, std::size_t(job.level_count));
  const Level& level = levels[level_of(levels, place.step_x, place.step_y)];
  const AxisTaps across(place.x, level.scale_x, place.step_x);
  const AxisTaps down(place.y, level.scale_y, place.step_y);
  float inside = 0;
  for (int j = 0; j < down.count; ++j) {
    const int y = bordered(down.first + j, level.height, entry.border);
    if (y < 0) continue;
    for (int i = 0; i < across.count; ++i) {
      const int x = bordered(across.first + i, level.width, entry.border);
      if (x < 0) continue;
      const float weight = down.weight(j) * across.weight(i);
      inside += weight;
      visit(level.offset + std::int64_t(y) * level.width + x, weight);
    }
  }
  return inside;
}

/// The picture as its own finest level.   index  [N, H, W]
struct TakePicture {
  Job job;
  const float* picture;
  float* texels;

  CLIPGUIDE_BOTH void operator()(std::int64_t index) const {
    const std::int64_t plane = std::int64_t(job.levels[0].width) * job.levels[0].height;
    const std::int64_t n = index / plane, at = index % plane;
    for (int c = 0; c < kChannels; ++c)
      texels[(n * job.texels + at) * kChannels + c] = picture[(n * kChannels + c) * plane + at];
  }
};

/// A level from the next finer one.   index  [N, its height, its width]
struct Halve {
  Job job;
  int level;
  float* texels;

  CLIPGUIDE_BOTH void operator()(std::int64_t index) const {
    const Level &coarse = job.levels[level], &fine = job.levels[level - 1];
    const std::int64_t plane = std::int64_t(coarse.width) * coarse.height;
    const std::int64_t n = index / plane, y = index % plane / coarse.width,
                       x = index % coarse.width;
    const float* from = texels + (n * job.texels + fine.offset) * kChannels;
    float sum[kChannels] = {};
    for (std::int64_t v = y * fine.height / coarse.height;
         v * coarse.height < (y + 1) * fine.height; ++v)
      for (std::int64_t u = x * fine.width / coarse.width; u * coarse.width < (x + 1) * fine.width;
           ++u) {
        const float weight = float(area_share(fine.height, coarse.height, v, y) *
                                   area_share(fine.width, coarse.width, u, x));
        for (int c = 0; c < kChannels; ++c)
          sum[c] += weight * from[(v * fine.width + u) * kChannels + c];
      }
    float* to = texels + (n * job.texels + coarse.offset + y * coarse.width + x) * kChannels;
    for (int c = 0; c < kChannels; ++c) to[c] = sum[c];
  }
};

/// Where a pixel of a view lies.
struct PixelPlace {
  std::int64_t view, at;  ///< `at` within the view's plane
  int column, row;

  CLIPGUIDE_BOTH PixelPlace(const Job& job, std::int64_t index)
      : view(index / job.plane()),
        at(index % job.plane()),
        column(int(at % job.side)),
        row(int(at / job.side)) {}
  CLIPGUIDE_BOTH std::int64_t element(const Job& job, int colour) const {
    return (view * kChannels + colour) * job.plane() + at;
  }
};

CLIPGUIDE_BOTH inline float noise_of(const Job& job, std::int64_t view, std::int64_t number) {
  using namespace base::philox_numbers;
  const std::int64_t within = number % job.noise_block;
  const std::uint64_t key = job.noise[view * job.noise_blocks + number / job.noise_block];
  const Block block = philox_block(std::uint64_t(within / 4), key);
  if (job.uniform_noise) return uniform_of(block.words[within % 4]) * 2 - 1;
  const int pair = int(within % 4) / 2 * 2;
  const base::NormalPair normals = normals_of(block.words[pair], block.words[pair + 1]);
  return within % 2 == 0 ? normals.first : normals.second;
}

/// Disturbs a pixel.   returns  the channels whose gradient passes
CLIPGUIDE_BOTH inline std::uint8_t disturb_pixel(const Job& job, const PixelPlace& place,
                                                 float mean_luma, float* rgb) {
  const ViewEntry& entry = job.entries[place.view];
  unsigned passes = 0b111;
  if (job.recolours) {
    const float lifted = entry.lift * mean_luma, r = rgb[0], g = rgb[1], b = rgb[2];
    passes = 0;
    for (int c = 0; c < kChannels; ++c) {
      const float* const row = entry.matrix + 3 * c;
      rgb[c] = lifted + row[0] * r + row[1] * g + row[2] * b;
      passes |= unsigned(clip_value(rgb[c])) << c;
    }
  }
  if (place.row >= entry.top && place.row < entry.bottom && place.column >= entry.left &&
      place.column < entry.right) {
    for (int c = 0; c < kChannels; ++c) rgb[c] = job.fill;
    passes = 0;
  }
  for (int c = 0; c < kChannels; ++c) {
    if (job.adds_noise)
      rgb[c] += noise_of(job, place.view, c * job.plane() + place.at) * entry.amplitude;
    if (job.clips && !clip_value(rgb[c])) passes &= ~(1u << c);
  }
  return std::uint8_t(passes);
}

/// Samples, and disturbs at once where that does not ask for the whole view first.
///   index  [N, V, S, S]
struct SamplePixel {
  Job job;
  Looked out;

  CLIPGUIDE_BOTH void operator()(std::int64_t index) const {
    const PixelPlace place(job, index);
    const float* const texels = out.texels + place.view / job.views * job.texels * kChannels;
    float rgb[kChannels] = {};
    const float inside = visit_taps(job, job.entries[place.view], place.column, place.row,
                                    [&](std::int64_t texel, float weight) {
                                      for (int c = 0; c < kChannels; ++c)
                                        rgb[c] += weight * texels[texel * kChannels + c];
                                    });
    if (job.entries[place.view].border == Border::grey)
      for (float& value : rgb) value += job.grey * (1 - inside);
    if (!job.lifts) out.passes[index] = disturb_pixel(job, place, 0, rgb);
    for (int c = 0; c < kChannels; ++c) out.views[place.element(job, c)] = rgb[c];
  }
};

/// index  [N, V, S]
struct SumLumaOfRow {
  Job job;
  Looked out;

  CLIPGUIDE_BOTH void operator()(std::int64_t index) const {
    const std::int64_t view = index / job.side, row = index % job.side;
    double sum = 0;
    for (int c = 0; c < kChannels; ++c)
      for (int x = 0; x < job.side; ++x)
        sum += luma_weight(c) *
               double(out.views[(view * kChannels + c) * job.plane() + row * job.side + x]);
    out.row_sums[index] = sum;
  }
};

/// `result` = the rows' sum / pixels, times the view's lift if so asked.   index  [N, V]
struct SumRows {
  Job job;
  const double* row_sums;
  float* result;
  bool times_lift;

  CLIPGUIDE_BOTH void operator()(std::int64_t view) const {
    double sum = 0;
    for (int row = 0; row < job.side; ++row) sum += row_sums[view * job.side + row];
    sum /= double(job.plane());
    result[view] = float(times_lift ? sum * double(job.entries[view].lift) : sum);
  }
};

/// index  [N, V, S, S]
struct DisturbPixel {
  Job job;
  Looked out;

  CLIPGUIDE_BOTH void operator()(std::int64_t index) const {
    const PixelPlace place(job, index);
    float rgb[kChannels];
    for (int c = 0; c < kChannels; ++c) rgb[c] = out.views[place.element(job, c)];
    out.passes[index] = disturb_pixel(job, place, out.mean_luma[place.view], rgb);
    for (int c = 0; c < kChannels; ++c) out.views[place.element(job, c)] = rgb[c];
  }
};

CLIPGUIDE_BOTH inline float passed(const Job& job, const Spread& spread, const PixelPlace& place,
                                   int colour) {
  const bool open = spread.passes[place.view * job.plane() + place.at] >> colour & 1;
  return open ? spread.view_gradient[place.element(job, colour)] : 0;
}

/// What a row's pixels owe to their view's mean luma.   index  [N, V, S]
struct SumPassedOfRow {
  Job job;
  Spread spread;

  CLIPGUIDE_BOTH void operator()(std::int64_t index) const {
    double sum = 0;
    for (int x = 0; x < job.side; ++x) {
      const PixelPlace place(job, index * job.side + x);
      for (int c = 0; c < kChannels; ++c) sum += double(passed(job, spread, place, c));
    }
    spread.row_sums[index] = sum;
  }
};

/// From gradients to whole numbers, such that no sum of them runs over.
CLIPGUIDE_BOTH inline double whole_units(const Spread& spread) {
  constexpr double kLargest = 68719476736.0;  // 2^36: 2^26 pixels may add up in one texel
  return kLargest / (double(*spread.largest) * double(spread.bound));
}

CLIPGUIDE_BOTH inline void add_whole(unsigned long long* to, double value) {
  const auto whole = static_cast<unsigned long long>(static_cast<long long>(value));
#ifdef __CUDA_ARCH__
  atomicAdd(to, whole);
#else
  *to += whole;
#endif
}

/// Back through the colours and to the texels.   index  [N, V, S, S]
struct SpreadPixel {
  Job job;
  Spread spread;

  CLIPGUIDE_BOTH void operator()(std::int64_t index) const {
    if (!(*spread.largest > 0)) return;  // Collect says so
    const PixelPlace place(job, index);
    const ViewEntry& entry = job.entries[place.view];
    float gradient[kChannels];
    for (int c = 0; c < kChannels; ++c) gradient[c] = passed(job, spread, place, c);
    if (job.recolours) {
      const float r = gradient[0], g = gradient[1], b = gradient[2];
      const float lifted = job.lifts ? spread.lifted[place.view] : 0;
      for (int c = 0; c < kChannels; ++c)
        gradient[c] = float(luma_weight(c)) * lifted + entry.matrix[c] * r +
                      entry.matrix[3 + c] * g + entry.matrix[6 + c] * b;
    }
    const double units = whole_units(spread);
    unsigned long long* const texels =
        spread.texels + place.view / job.views * job.texels * kChannels;
    visit_taps(job, entry, place.column, place.row, [&](std::int64_t texel, float weight) {
      for (int c = 0; c < kChannels; ++c)
        add_whole(texels + texel * kChannels + c, double(gradient[c] * weight) * units);
    });
  }
};

/// A level's gradient: its own and that of the next coarser one; the finest goes to the picture.
///   index  [N, its height, its width]
struct Collect {
  Job job;
  Spread spread;
  int level;

  CLIPGUIDE_BOTH void operator()(std::int64_t index) const {
    const Level& fine = job.levels[level];
    const std::int64_t plane = std::int64_t(fine.width) * fine.height;
    const std::int64_t n = index / plane, v = index % plane / fine.width, u = index % fine.width;
    const std::int64_t own = (n * job.texels + fine.offset + index % plane) * kChannels;
    // 0 where there is no gradient, and what is not a number stays none.
    const double unit = *spread.largest > 0 ? 1 / whole_units(spread) : double(*spread.largest);
    float sum[kChannels] = {};
    if (level >= job.first_level)
      for (int c = 0; c < kChannels; ++c)
        sum[c] = float(double(static_cast<long long>(spread.texels[own + c])) * unit);
    if (level + 1 < job.level_count) {
      const Level& coarse = job.levels[level + 1];
      const float* from = spread.sums + (n * job.texels + coarse.offset) * kChannels;
      for (std::int64_t y = v * coarse.height / fine.height;
           y < coarse.height && y * fine.height < (v + 1) * coarse.height; ++y)
        for (std::int64_t x = u * coarse.width / fine.width;
             x < coarse.width && x * fine.width < (u + 1) * coarse.width; ++x) {
          const float weight = float(area_share(fine.height, coarse.height, v, y) *
                                     area_share(fine.width, coarse.width, u, x));
          for (int c = 0; c < kChannels; ++c)
            sum[c] += weight * from[(y * coarse.width + x) * kChannels + c];
        }
    }
    for (int c = 0; c < kChannels; ++c) {
      if (level == 0)
        spread.picture_gradient[(n * kChannels + c) * plane + index % plane] = sum[c];
      else
        spread.sums[own + c] = sum[c];
    }
  }
};

inline std::int64_t texels_of_level(const Job& job, const Level& level) {
  return std::int64_t(job.pictures) * level.width * level.height;
}

/// for_each(count, body) calls body(0) .. body(count - 1) in any order and ends before the next.
///   levels  the job's, in the host's memory
template <class ForEach>
void look(const Job& job, const Level* levels, const float* picture, const Looked& out,
          const ForEach& for_each) {
  for_each(texels_of_level(job, levels[0]), TakePicture{job, picture, out.texels});
  for (int level = 1; level < job.level_count; ++level)
    for_each(texels_of_level(job, levels[level]), Halve{job, level, out.texels});
  for_each(job.all_views() * job.plane(), SamplePixel{job, out});
  if (!job.lifts) return;
  // Contrast turns about a view's mean: it has to be seen whole first.
  for_each(job.all_views() * job.side, SumLumaOfRow{job, out});
  for_each(job.all_views(), SumRows{job, out.row_sums, out.mean_luma, false});
  for_each(job.all_views() * job.plane(), DisturbPixel{job, out});
}

/// The adjoint, by the same means.
template <class ForEach>
void look_adjoint(const Job& job, const Level* levels, const Spread& spread,
                  const ForEach& for_each) {
  if (job.lifts) {
    for_each(job.all_views() * job.side, SumPassedOfRow{job, spread});
    for_each(job.all_views(), SumRows{job, spread.row_sums, spread.lifted, true});
  }
  for_each(job.all_views() * job.plane(), SpreadPixel{job, spread});
  for (int level = job.level_count - 1; level >= 0; --level)
    for_each(texels_of_level(job, levels[level]), Collect{job, spread, level});
}

}  // namespace clipguide::view::pixels
