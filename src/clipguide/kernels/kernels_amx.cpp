#include "clipguide/kernels/kernel_sets.h"
#include "clipguide/kernels/row_kernels.h"

/// Products through the tiles, 32 rows by 32 columns at a time. All else is as in avx512_bf16, or
/// for split products as in avx512.
///
/// A step is 32 elements deep. Its rows lie in memory as they are, or are gathered: those of a
/// convolution, of fewer than 32 rows, and split ones. Every product goes this way, whatever its
/// rows: tiles add up in another order than vectors do, and no result may depend on how rows are
/// split.
///
/// Split: an f32 is the sum of two bf16, good to 16 bits; of the four products of two such sums the
/// three larger count. Three bf16 products through the tiles are several times as fast as one in
/// f32.
namespace clipguide::kernels {
namespace {

constexpr int kTileSide = 16;               // rows of a tile, of 64 bytes
constexpr int kTileDepth = 32;              // elements of such a row of the left side
constexpr int kBlock = 2 * kTileSide;       // rows and columns of four tiles of sums
constexpr int kStep = kBlock * kTileDepth;  // elements of a step of either side
static_assert(kPanel == kBlock);

constexpr int kGathered = 16 * kStep;  // elements at once: they stay in L1
constexpr int kMostPanels = 12;        // whose sums wait for the next gathered steps

struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfig) == 64);
constexpr TileConfig kEightWholeTiles;  // not a local one, for the reason that settle_memory has

/// Before tiles are loaded from what this function wrote: GCC's intrinsics do not tell the compiler
/// that they read memory, so it may leave such writes out or for later.
inline void settle_memory() { __asm__ volatile("" ::: "memory"); }

/// 32 rows of the left side, step after step.
struct Left {
  const Bf16* data;
  std::int64_t row, step;  ///< elements from one to the next

  const Bf16* at(int number) const { return data + number * step; }
};

// A pair of panel rows [32 columns x 2] is a tile row of the left half and one of the right half.
constexpr int kPairBytes = kPanel * 2 * 2, kRightHalf = kTileSide * 2;

inline void load_left(const Bf16* rows, std::int64_t row) {
  _tile_loadd(4, rows, row * 2);
  _tile_loadd(5, rows + kTileSide * row, row * 2);
}
inline void load_right(const Bf16* panel) {
  _tile_loadd(6, panel, kPairBytes);
  _tile_loadd(7, panel + kRightHalf, kPairBytes);
}
inline void add_products() {
  _tile_dpbf16ps(0, 4, 6);
  _tile_dpbf16ps(1, 4, 7);
  _tile_dpbf16ps(2, 5, 6);
  _tile_dpbf16ps(3, 5, 7);
}

void add_plain(const Left& left, const Bf16* panel, int steps) {
  for (int s = 0; s < steps; ++s, panel += kStep) {
    load_left(left.at(s), left.row);
    load_right(panel);
    add_products();
  }
}

/// Both sides have a step's rests behind its heads: head x rest + head x head + rest x head.
void add_split(const Left& left, const Bf16* panel, int steps) {
  for (int s = 0; s < steps; ++s, panel += 2 * kStep) {
    load_left(left.at(s), left.row);
    load_right(panel + kStep);
    add_products();
    load_right(panel);
    add_products();
    load_left(left.at(s) + kStep, left.row);
    add_products();
  }
}

/// bf16 that an element of rows consists of: 2 where it is split.
template <class T>
constexpr int kParts = sizeof(T) / sizeof(Bf16);

/// sums [32, 32] = 32 rows x panel, or += where they are begun.
template <class T>
void multiply_block(const Left& left, const Bf16* panel, int steps, bool begun, float* sums) {
  constexpr std::int64_t kSumBytes = kPanel * 4;
  float *const right = sums + kTileSide, *const lower = sums + kTileSide * kPanel;
  if (begun) {
    _tile_loadd(0, sums, kSumBytes);
    _tile_loadd(1, right, kSumBytes);
    _tile_loadd(2, lower, kSumBytes);
    _tile_loadd(3, lower + kTileSide, kSumBytes);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  kParts<T> == 2 ? add_split(left, panel, steps) : add_plain(left, panel, steps);
  _tile_stored(0, sums, kSumBytes);
  _tile_stored(1, right, kSumBytes);
  _tile_stored(2, lower, kSumBytes);
  _tile_stored(3, lower + kTileSide, kSumBytes);
}

inline void gather_row(const Bf16* from, Bf16* to) { std::memcpy(to, from, kTileDepth * 2); }

inline void gather_row(const float* from, Bf16* to) {
  for (int k = 0; k < kTileDepth; k += kLanes) {
    const F value = load(from + k);
    store(to + k, value);
    store(to + kStep + k, value - load(to + k));
  }
}

/// `steps` steps of the rows at these addresses (find_rows), from step `first` of all taps on.
/// Rows that are missing from the block are zero.
template <class T>
Left gather(const T* const* rows, int count, int steps_a_tap, int first, int steps, Bf16* to) {
  for (int s = 0; s < steps; ++s) {
    Bf16* const step = to + s * kParts<T> * kStep;
    const T* const* of_tap = rows + (first + s) / steps_a_tap * count;
    const int k = (first + s) % steps_a_tap * kTileDepth;
    for (int i = 0; i < count; ++i) gather_row(of_tap[i] + k, step + i * kTileDepth);
    for (int part = 0; part < kParts<T> && count < kBlock; ++part)
      std::memset(step + part * kStep + count * kTileDepth, 0,
                  std::size_t(kBlock - count) * kTileDepth * 2);
  }
  return {to, kTileDepth, kParts<T> * kStep};
}

template <class T>
void multiply_amx(const Product& p) {
  const int steps_a_tap = p.b.depth / kTileDepth, steps = p.b.taps * steps_a_tap;
  const int panels = int(whole(p.b.columns, kPanel)) / kPanel;
  const std::int64_t panel_size = std::int64_t(steps) * kParts<T> * kStep;
  const int fit = panels_at_once(std::size_t(panel_size) * sizeof(Bf16));
  const int chunk = fit < kMostPanels ? fit : kMostPanels;
  const auto panel_at = [&](int panel, int step) {
    return static_cast<const Bf16*>(p.b.data) + panel * panel_size + step * kParts<T> * kStep;
  };
  alignas(64) Bf16 gathered[kGathered];
  alignas(64) float sums[kMostPanels][kBlock * kPanel];
  const T* rows[kMostTaps * kBlock];

  _tile_loadconfig(&kEightWholeTiles);
  for (int begin = 0; begin < panels; begin += chunk) {
    const int end = begin + chunk < panels ? begin + chunk : panels;
    for (std::int64_t first = 0; first < p.rows; first += kBlock) {
      const int count = p.rows - first < kBlock ? int(p.rows - first) : kBlock;
      if (kParts<T> == 1 && p.a.height == 0 && count == kBlock) {
        const Left left = {static_cast<const Bf16*>(p.a.data) + first * p.a.stride, p.a.stride,
                           kTileDepth};
        for (int panel = begin; panel < end; ++panel) {
          multiply_block<T>(left, panel_at(panel, 0), steps, false, sums[0]);
          finish<T>(p, sums[0], first, count, panel * kPanel);
        }
        continue;
      }
      find_rows(p.a, first, count, rows);
      constexpr int kAtOnce = kGathered / (kParts<T> * kStep);
      for (int s = 0; s < steps; s += kAtOnce) {
        const int some = steps - s < kAtOnce ? steps - s : kAtOnce;
        const Left left = gather(rows, count, steps_a_tap, s, some, gathered);
        settle_memory();
        for (int panel = begin; panel < end; ++panel)
          multiply_block<T>(left, panel_at(panel, s), some, s > 0, sums[panel - begin]);
      }
      for (int panel = begin; panel < end; ++panel)
        finish<T>(p, sums[panel - begin], first, count, panel * kPanel);
    }
  }
  _tile_release();
}

/// As pack, but of each step the heads and then the rests.
template <bool kColumns>
void pack_split(const void* src, std::int64_t stride, int rows, int columns, void* panels) {
  const float* from = static_cast<const float*>(src);
  Bf16* to = static_cast<Bf16*>(panels);
  const int deep = kColumns ? columns : rows, wide = kColumns ? rows : columns;
  const int steps = int(whole(deep, kTileDepth)) / kTileDepth;
  const int width = int(whole(wide, kPanel));
  std::memset(panels, 0, std::size_t(steps) * kTileDepth * std::size_t(width) * sizeof(float));
  for (int c = 0; c < wide; ++c)
    for (int k = 0; k < deep; ++k) {
      const float value = kColumns ? from[c * stride + k] : from[k * stride + c];
      const std::int64_t step = std::int64_t(c / kPanel) * steps + k / kTileDepth;
      Bf16* const head =
          to + step * 2 * kStep + place<Bf16>(k % kTileDepth, c % kPanel, kTileDepth);
      store_part(head, splat(value), 1);
      store_part(head + kStep, splat(value - to_float(*head)), 1);
    }
}

constexpr Kernels make_amx_kernels() {
  Kernels kernels = make_kernels<Bf16, kTileDepth>(base::InstructionSet::amx, Element::bf16);
  kernels.multiply = multiply_amx<Bf16>;
  return kernels;
}

constexpr Kernels make_split_kernels() {
  Kernels kernels = make_kernels<float, kTileDepth>(base::InstructionSet::amx, Element::f32);
  kernels.multiply = multiply_amx<float>;
  kernels.pack_rows = pack_split<false>;
  kernels.pack_columns = pack_split<true>;
  return kernels;
}

}  // namespace

const Kernels kAmxKernels = make_amx_kernels();
const Kernels kAmxSplitKernels = make_split_kernels();

}  // namespace clipguide::kernels
