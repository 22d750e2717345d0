#pragma once

#include <utility>

#include "clipguide/kernels/kernels.h"
#include "clipguide/kernels/lanes.h"

/// Products of rows with panels. The innermost tile keeps kTileRows x kPanel sums in registers and
/// reads the left side by broadcasts, so that activations need no packing and a convolution is a
/// product whose rows' addresses change from tap to tap.
namespace clipguide::kernels {
namespace {

#if defined(__AVX512F__)
constexpr int kTileVectors = 2, kTileRows = 14;  // 28 sums of 32 registers
#elif defined(__AVX2__)
constexpr int kTileVectors = 2, kTileRows = 6;  // 12 of 16
#else
constexpr int kTileVectors = 1, kTileRows = 4;  // 4 of two registers each, of 16
#endif
constexpr int kPanel = kTileVectors * kLanes;
constexpr int kMostTaps = 9;
constexpr std::size_t kChunkBytes = 384 << 10;  // of panels, to stay in the L2 cache

template <class T>
struct Step {  // along the depth, f32: one row
  static constexpr int kDepth = 1;
  static F left(const T* p) { return splat(*p); }
  static void add(F& sum, F a, F b) { sum += a * b; }
};
#if defined(__AVX512BF16__)
template <>
struct Step<Bf16> {  // a pair of rows
  static constexpr int kDepth = 2;
  static F left(const Bf16* p) {
    std::int32_t pair;
    std::memcpy(&pair, p, sizeof pair);
    return F(_mm512_set1_epi32(pair));
  }
  static void add(F& sum, F a, F b) {
    sum = F(_mm512_dpbf16_ps(__m512(sum), __m512bh(__m512i(a)), __m512bh(__m512i(b))));
  }
};
#endif

/// sums [R, kPanel] = rows x panel, of which the first V vectors are needed and the others zeros.
template <class T, int R, int V>
void tile(const T* const* rows, const T* panel, int taps, int depth, float* sums) {
  F acc[R][V] = {};
  for (int tap = 0; tap < taps; ++tap) {
    const T* row[R];
#pragma GCC unroll 14
    for (int i = 0; i < R; ++i) row[i] = rows[tap * R + i];
#pragma GCC unroll 2
    for (int k = 0; k < depth; k += Step<T>::kDepth) {
      F b[V];
#pragma GCC unroll 2
      for (int j = 0; j < V; ++j)
        std::memcpy(&b[j], panel + j * kLanes * Step<T>::kDepth, sizeof(F));
      panel += kPanel * Step<T>::kDepth;
#pragma GCC unroll 14
      for (int i = 0; i < R; ++i) {
        const F a = Step<T>::left(row[i] + k);
#pragma GCC unroll 2
        for (int j = 0; j < V; ++j) Step<T>::add(acc[i][j], a, b[j]);
      }
    }
  }
#pragma GCC unroll 14
  for (int i = 0; i < R; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < kTileVectors; ++j)
      store(sums + i * kPanel + j * kLanes, j < V ? acc[i][j < V ? j : 0] : F{});
}

template <class T>
using Tile = void (*)(const T* const*, const T*, int, int, float*);

template <class T, int V, int... R>
Tile<T> tile_of(int rows, std::integer_sequence<int, R...>) {
  static constexpr Tile<T> kTiles[] = {tile<T, R + 1, V>...};
  return kTiles[rows - 1];
}
template <class T>
Tile<T> tile_for(int rows, int vectors) {
  constexpr auto kRows = std::make_integer_sequence<int, kTileRows>();
  return vectors == 1 ? tile_of<T, 1>(rows, kRows) : tile_of<T, kTileVectors>(rows, kRows);
}

/// What `kFinish` makes of one vector of sums: row r, channels c to c + count.
template <class T, Finish kFinish>
void finish_vector(const Product& p, F s, std::int64_t r, int c, int count) {
  const bool all = count == kLanes;
  const auto get = [&](const auto* from) { return all ? load(from) : load_part(from, count); };
  const auto put = [&](auto* to, F v) { all ? store(to, v) : store_part(to, v, count); };
  if (p.bias) s += load(p.bias + c);
  if constexpr (kFinish == Finish::store_f32 || kFinish == Finish::add_f32) {
    float* out = static_cast<float*>(p.out) + r * p.out_stride + c;
    put(out, kFinish == Finish::add_f32 ? get(out) + s : s);
    return;
  }
  T* out = static_cast<T*>(p.out) + r * p.out_stride + c;
  const auto add = [&] {
    if (p.add) s += get(static_cast<const T*>(p.add) + r * p.add_stride + c);
  };
  if constexpr (kFinish != Finish::multiply) add();
  if constexpr (kFinish == Finish::relu) {
    const unsigned bits = positive_bits(s);
    store_bits(p.signs + r * p.signs_stride + c / 8, bits);
    s = keep(s, bits);
  } else if constexpr (kFinish == Finish::mask) {
    s = keep(s, load_bits(p.signs + r * p.signs_stride + c / 8));
  } else if constexpr (kFinish == Finish::multiply) {
    s = s * get(static_cast<const T*>(p.slope) + r * p.slope_stride + c);
    add();
  } else if constexpr (kFinish == Finish::gelu || kFinish == Finish::quick_gelu) {
    const Activated a = kFinish == Finish::gelu ? gelu(s) : quick_gelu(s);
    put(static_cast<T*>(p.slope) + r * p.slope_stride + c, a.slope);
    s = a.value;
  }
  put(out, s);
}

template <class T, Finish kFinish>
void finish_block(const Product& p, const float* sums, std::int64_t first, int rows, int column,
                  int columns) {
  for (int i = 0; i < rows; ++i)
    for (int c = 0; c < columns; c += kLanes)
      finish_vector<T, kFinish>(p, load(sums + i * kPanel + c), first + i, column + c,
                                columns - c < kLanes ? columns - c : kLanes);
}

template <class T>
void finish(const Product& p, const float* sums, std::int64_t first, int rows, int column) {
  const int out = p.out_columns ? p.out_columns : p.b.columns;
  const int columns = out - column < kPanel ? out - column : kPanel;
  const auto apply = [&](auto block) { block(p, sums, first, rows, column, columns); };
  switch (p.finish) {
    case Finish::store:
      return apply(finish_block<T, Finish::store>);
    case Finish::store_f32:
      return apply(finish_block<T, Finish::store_f32>);
    case Finish::add_f32:
      return apply(finish_block<T, Finish::add_f32>);
    case Finish::relu:
      return apply(finish_block<T, Finish::relu>);
    case Finish::mask:
      return apply(finish_block<T, Finish::mask>);
    case Finish::gelu:
      return apply(finish_block<T, Finish::gelu>);
    case Finish::quick_gelu:
      return apply(finish_block<T, Finish::quick_gelu>);
    case Finish::multiply:
      return apply(finish_block<T, Finish::multiply>);
  }
}

/// The addresses of `count` rows from `first` on, tap after tap.
template <class T>
void find_rows(const Operand& a, std::int64_t first, int count, const T** rows) {
  const T* const data = static_cast<const T*>(a.data);
  if (a.height == 0) {
    for (int i = 0; i < count; ++i) rows[i] = data + (first + i) * a.stride;
    return;
  }
  const std::int64_t plane = std::int64_t(a.height) * a.width;
  int y = int(first % plane / a.width), x = int(first % a.width);
  for (int i = 0; i < count; ++i) {
    const T* const centre = data + (first + i) * a.stride;
    for (int tap = 0; tap < kMostTaps; ++tap) {
      const int down = tap / 3 - 1, across = tap % 3 - 1;
      const bool inside =
          unsigned(y + down) < unsigned(a.height) && unsigned(x + across) < unsigned(a.width);
      rows[tap * count + i] = inside ? centre + (std::int64_t(down) * a.width + across) * a.stride
                                     : static_cast<const T*>(a.zeros);
    }
    if (++x == a.width) x = 0, y = y + 1 == a.height ? 0 : y + 1;
  }
}

/// The panels that are worked on together: as many as stay in the L2 cache.
inline int panels_at_once(std::size_t panel_bytes) {
  const std::size_t fit = kChunkBytes / panel_bytes;
  return fit < 1 ? 1 : fit > 1024 ? 1024 : int(fit);
}

template <class T>
void multiply_rows(const Product& p, std::int64_t begin, std::int64_t end) {
  const int panels = int(whole(p.b.columns, kPanel)) / kPanel;
  const std::int64_t panel_size = std::int64_t(p.b.taps) * p.b.depth * kPanel;
  const int chunk = panels_at_once(std::size_t(panel_size) * sizeof(T));
  const std::int64_t blocks = whole(end - begin, kTileRows) / kTileRows;
  alignas(64) float sums[kTileRows * kPanel];
  const T* rows[kMostTaps * kTileRows];
  for (int first_panel = 0; first_panel < panels; first_panel += chunk) {
    const int last_panel = first_panel + chunk < panels ? first_panel + chunk : panels;
    for (std::int64_t block = 0; block < blocks; ++block) {
      // Blocks of equal height, so that the last is not a lonely row.
      const std::int64_t first = begin + (end - begin) * block / blocks;
      const int count = int(begin + (end - begin) * (block + 1) / blocks - first);
      find_rows(p.a, first, count, rows);
      for (int panel = first_panel; panel < last_panel; ++panel) {
        const int left = p.b.columns - panel * kPanel;
        tile_for<T>(count, left <= kLanes ? 1 : kTileVectors)(
            rows, static_cast<const T*>(p.b.data) + panel * panel_size, p.b.taps, p.b.depth, sums);
        finish<T>(p, sums, first, count, panel * kPanel);
      }
    }
  }
}

template <class T>
void multiply(const Product& p) {
  multiply_rows<T>(p, 0, p.rows);
}

}  // namespace
}  // namespace clipguide::kernels
