#include "clipguide/clip/frozen/kernel_sets.h"
#include "clipguide/clip/frozen/row_kernels.h"

/// As avx512_bf16, but for products of plain rows: 32 rows at a time go through the tiles, which
/// read the same panels. A pair of panel rows [32 columns x 2] is a tile row of the left half and
/// one of the right half.
namespace clipguide::clip::frozen {
namespace {

constexpr int kTileSide = 16;          // rows of a tile, of 64 bytes
constexpr int kTileDepth = 32;         // elements of such a row of the left side
constexpr int kBlock = 2 * kTileSide;  // rows and columns of four tiles of sums
static_assert(kPanel == kBlock);

struct TileConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};
};
static_assert(sizeof(TileConfig) == 64);

void configure_tiles() {
  alignas(64) TileConfig config;
  for (int tile = 0; tile < 8; ++tile) config.row_bytes[tile] = 64, config.rows[tile] = kTileSide;
  _tile_loadconfig(&config);
}

/// sums [32, 32] = 32 rows x panel.
void multiply_block(const Bf16* rows, std::int64_t stride, const Bf16* panel, int depth,
                    float* sums) {
  const std::int64_t row_bytes = stride * 2, pair_bytes = kPanel * 2 * 2, sum_bytes = kPanel * 4;
  const Bf16* const lower = rows + kTileSide * stride;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int k = 0; k < depth; k += kTileDepth) {
    _tile_loadd(4, rows + k, row_bytes);
    _tile_loadd(5, lower + k, row_bytes);
    _tile_loadd(6, panel + k * kPanel, pair_bytes);
    _tile_loadd(7, panel + k * kPanel + kTileSide * 2, pair_bytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, sums, sum_bytes);
  _tile_stored(1, sums + kTileSide, sum_bytes);
  _tile_stored(2, sums + kTileSide * kPanel, sum_bytes);
  _tile_stored(3, sums + kTileSide * kPanel + kTileSide, sum_bytes);
}

void multiply_amx(const Product& p) {
  const std::int64_t blocks = p.a.height ? 0 : p.rows / kBlock;
  if (blocks > 0) {
    const int panels = int(whole(p.b.columns, kPanel)) / kPanel;
    const std::int64_t panel_size = std::int64_t(p.b.depth) * kPanel;
    const int chunk = panels_at_once(std::size_t(panel_size) * sizeof(Bf16));
    alignas(64) float sums[kBlock * kPanel];
    configure_tiles();
    for (int first_panel = 0; first_panel < panels; first_panel += chunk)
      for (std::int64_t block = 0; block < blocks; ++block)
        for (int panel = first_panel; panel < panels && panel < first_panel + chunk; ++panel) {
          multiply_block(static_cast<const Bf16*>(p.a.data) + block * kBlock * p.a.stride,
                         p.a.stride, static_cast<const Bf16*>(p.b.data) + panel * panel_size,
                         p.b.depth, sums);
          finish<Bf16>(p, sums, block * kBlock, kBlock, panel * kPanel);
        }
    _tile_release();
  }
  multiply_rows<Bf16>(p, blocks * kBlock, p.rows);
}

constexpr Kernels make_amx_kernels() {
  Kernels kernels = make_kernels<Bf16, kTileDepth>(base::InstructionSet::amx, Element::bf16);
  kernels.multiply = multiply_amx;
  return kernels;
}

}  // namespace

const Kernels kAmxKernels = make_amx_kernels();

}  // namespace clipguide::clip::frozen
