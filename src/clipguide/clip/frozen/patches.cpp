#include "clipguide/clip/frozen/patches.h"

#include <algorithm>

namespace clipguide::clip::frozen {
namespace {

/// visit(place in the row, offset in the picture, channel) for each line of a patch.
template <class Visit>
void each_line(const PatchShape& shape, int patch, const Visit& visit) {
  const int top = patch / shape.grid() * shape.patch_px,
            left = patch % shape.grid() * shape.patch_px;
  for (int c = 0, at = 0; c < 3; ++c)
    for (int y = 0; y < shape.patch_px; ++y, at += shape.patch_px)
      visit(at, (std::int64_t(c) * shape.side_px + top + y) * shape.side_px + left, std::size_t(c));
}

}  // namespace

void gather_patches(const Kernels& kernels, const PatchShape& shape, const PixelScale& scale,
                    const float* picture, float* row, std::byte* rows) {
  const int stride = row_stride(shape.length());
  std::fill_n(row, stride, 0.0f);
  for (int patch = 0; patch < shape.count(); ++patch) {
    each_line(shape, patch, [&](int at, std::int64_t offset, std::size_t c) {
      for (int x = 0; x < shape.patch_px; ++x)
        row[at + x] = (picture[offset + x] - scale.mean[c]) * scale.scale[c];
    });
    kernels.narrow(row, stride, rows);
    rows += std::size_t(stride) * kernels.element_bytes();
  }
}

void spread_patches(const PatchShape& shape, const PixelScale& scale, const float* d_rows,
                    float* d_picture) {
  if (shape.grid() * shape.patch_px != shape.side_px)
    std::fill_n(d_picture, std::int64_t(3) * shape.side_px * shape.side_px, 0.0f);
  for (int patch = 0; patch < shape.count(); ++patch, d_rows += row_stride(shape.length()))
    each_line(shape, patch, [&](int at, std::int64_t offset, std::size_t c) {
      for (int x = 0; x < shape.patch_px; ++x)
        d_picture[offset + x] = d_rows[at + x] * scale.scale[c];
    });
}

}  // namespace clipguide::clip::frozen
