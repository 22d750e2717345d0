#include "clipguide/media/contact_sheet.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "clipguide/base/error.h"

namespace clipguide::media {
namespace {

// The columns that make the sheet's sides most alike: c * width = (count / c) * height.
std::int64_t square_columns(std::int64_t count, int width_px, int height_px) {
  const double columns = std::sqrt(double(count) * height_px / width_px);
  return std::clamp<std::int64_t>(std::llround(columns), 1, count);
}

void paste(Picture& sheet, const Picture& picture, std::int64_t left_px, std::int64_t top_px) {
  const std::size_t row_bytes = std::size_t(picture.width_px) * 3;
  for (std::int64_t y = 0; y < picture.height_px; ++y)
    std::copy_n(picture.rgb.begin() + std::ptrdiff_t(std::size_t(y) * row_bytes), row_bytes,
                sheet.rgb.begin() + ((top_px + y) * sheet.width_px + left_px) * 3);
}

}  // namespace

Picture contact_sheet(std::span<const Picture> pictures, const ContactSheetOptions& options) {
  if (pictures.empty() || options.columns < 0 || options.gap_px < 0)
    base::throw_error<base::UsageError>(
        "contact sheet: expected pictures, columns and gap not negative, got {}, {} and {}",
        pictures.size(), options.columns, options.gap_px);
  int cell_width_px = 1, cell_height_px = 1;
  for (const Picture& picture : pictures) {
    cell_width_px = std::max(cell_width_px, picture.width_px);
    cell_height_px = std::max(cell_height_px, picture.height_px);
  }

  // Find the sheet's size.
  const std::int64_t count = std::int64_t(pictures.size()), gap_px = options.gap_px;
  const std::int64_t columns = options.columns
                                   ? std::min<std::int64_t>(options.columns, count)
                                   : square_columns(count, cell_width_px, cell_height_px);
  const std::int64_t rows = (count + columns - 1) / columns;
  const std::int64_t width_px = columns * (cell_width_px + gap_px) + gap_px;
  const std::int64_t height_px = rows * (cell_height_px + gap_px) + gap_px;
  const ReadLimits limits;
  if (std::max(width_px, height_px) > limits.side_px || width_px * height_px > limits.pixels)
    base::throw_error<base::LimitError>(
        "contact sheet: expected at most {} px a side and {} in all, "
        "got {}x{}",
        limits.side_px, limits.pixels, width_px, height_px);

  // Lay the ground, then the pictures.
  Picture sheet{int(width_px), int(height_px), {}};
  sheet.rgb.resize(std::size_t(width_px * height_px) * 3);
  for (std::size_t i = 0; i < sheet.rgb.size(); ++i) sheet.rgb[i] = options.ground_rgb[i % 3];
  for (std::int64_t i = 0; i < count; ++i) {
    const Picture& picture = pictures[std::size_t(i)];
    const std::int64_t cell_left = gap_px + i % columns * (cell_width_px + gap_px);
    const std::int64_t cell_top = gap_px + i / columns * (cell_height_px + gap_px);
    paste(sheet, picture, cell_left + (cell_width_px - picture.width_px) / 2,
          cell_top + (cell_height_px - picture.height_px) / 2);
  }
  return sheet;
}

}  // namespace clipguide::media
