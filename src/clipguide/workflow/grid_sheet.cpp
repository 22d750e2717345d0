#include "clipguide/workflow/grid_sheet.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "clipguide/base/error.h"
#include "clipguide/media/lettering.h"

namespace clipguide::workflow {
namespace {

using media::Lettering;
using media::Picture;

constexpr int kGap_px = 10;
constexpr int kFrame_px = 3;
constexpr int kText_px = 13, kTitle_px = 18;
constexpr media::Rgb kMark = {214, 90, 0};
constexpr media::Rgb kQuiet = {90, 90, 90};

/// Where everything stands.
class Layout {
 public:
  explicit Layout(const GridSheet& sheet)
      : sheet_(sheet),
        plain_(kText_px),
        bold_(kText_px, media::default_font(/*bold=*/true)),
        title_(kTitle_px, media::default_font(/*bold=*/true)) {
    count_cells();
    measure();
  }

  Picture draw() const {
    Picture page = media::blank_picture(width_, height_);
    int y = kGap_px;
    for (const std::string& line : title_lines_) {
      title_.draw(page, kGap_px, y, line);
      y += title_.line_height_px();
    }
    if (!title_lines_.empty()) y += kGap_px;
    for (int block = 0; block < blocks_; ++block) y = draw_block(page, block, y);
    return page;
  }

 private:
  void count_cells() {
    const int cells = int(sheet_.cells.size());
    if (cells == 0) throw base::ShapeError("sheet: expected pictures, got none");
    blocks_ = std::max(1, int(sheet_.blocks.size()));
    if (sheet_.columns.empty()) {
      columns_ = int(std::ceil(std::sqrt(double(cells))));
      rows_ = (cells + columns_ - 1) / columns_;
      return;
    }
    columns_ = int(sheet_.columns.size());
    rows_ = std::max(1, int(sheet_.rows.size()));
    if (cells != blocks_ * rows_ * columns_)
      base::throw_error<base::ShapeError>("sheet: expected {}x{}x{} pictures, got {}", blocks_,
                                          rows_, columns_, cells);
  }

  void measure() {
    std::size_t most_lines = 0;
    for (const SheetCell& cell : sheet_.cells) {
      cell_width_ = std::max(cell_width_, cell.picture.width_px);
      cell_height_ = std::max(cell_height_, cell.picture.height_px);
      for (const std::string& line : cell.caption)
        cell_width_ =
            std::max(cell_width_, std::min(lettering(cell).width_px(line), kWidestCaption_px));
      most_lines = std::max(most_lines, cell.caption.size());
    }
    caption_height_ = int(most_lines) * plain_.line_height_px();
    for (const std::string& row : sheet_.rows)
      label_width_ = std::max(label_width_, std::min(bold_.width_px(row), kWidestLabel_px));
    if (label_width_ > 0) label_width_ += kGap_px;
    if (!sheet_.columns.empty()) {
      int lines = 1;
      for (const std::string& column : sheet_.columns)
        lines = std::max(lines, int(bold_.wrapped(column, cell_width_, kMostLabelLines).size()));
      head_height_ = lines * bold_.line_height_px() + kGap_px / 2;
    }
    block_head_height_ = sheet_.blocks.empty() ? 0 : title_.line_height_px() + kGap_px / 2;
    row_height_ = cell_height_ + caption_height_ + kGap_px;

    const std::int64_t width =
        kGap_px + label_width_ + std::int64_t(columns_) * (cell_width_ + kGap_px);
    if (!sheet_.title.empty())
      title_lines_ = title_.wrapped(
          sheet_.title, int(std::min<std::int64_t>(width, kWidest_px)) - 2 * kGap_px, 3);
    const std::int64_t title =
        title_lines_.empty()
            ? 0
            : std::int64_t(title_lines_.size()) * title_.line_height_px() + kGap_px;
    const std::int64_t height = kGap_px + title +
                                std::int64_t(blocks_) * (block_head_height_ + head_height_ +
                                                         std::int64_t(rows_) * row_height_);
    const media::ReadLimits limits;
    if (width > limits.side_px || height > limits.side_px || width * height > limits.pixels)
      base::throw_error<base::LimitError>("sheet: expected at most {} px a side, got {}x{}",
                                          limits.side_px, width, height);
    width_ = int(width);
    height_ = int(height);
  }

  int draw_block(Picture& page, int block, int y) const {
    if (block_head_height_ > 0) {
      title_.draw(page, kGap_px, y, sheet_.blocks[std::size_t(block)]);
      y += block_head_height_;
    }
    for (int column = 0; column < columns_ && head_height_ > 0; ++column)
      draw_lines(page, bold_, x_of(column), y,
                 bold_.wrapped(sheet_.columns[std::size_t(column)], cell_width_, kMostLabelLines));
    y += head_height_;
    for (int row = 0; row < rows_; ++row, y += row_height_) {
      if (std::size_t(row) < sheet_.rows.size())
        draw_lines(page, bold_, kGap_px, y + kGap_px,
                   bold_.wrapped(sheet_.rows[std::size_t(row)], label_width_ - kGap_px));
      for (int column = 0; column < columns_; ++column) {
        const std::size_t at = std::size_t((block * rows_ + row) * columns_ + column);
        if (at < sheet_.cells.size()) draw_cell(page, sheet_.cells[at], x_of(column), y);
      }
    }
    return y;
  }

  const Lettering& lettering(const SheetCell& cell) const { return cell.marked ? bold_ : plain_; }

  void draw_cell(Picture& page, const SheetCell& cell, int x, int y) const {
    if (cell.marked)
      media::paste(page,
                   media::blank_picture(cell.picture.width_px + 2 * kFrame_px,
                                        cell.picture.height_px + 2 * kFrame_px, kMark),
                   x - kFrame_px, y - kFrame_px);
    media::paste(page, cell.picture, x, y);
    int line_y = y + cell.picture.height_px + kFrame_px;
    for (const std::string& line : cell.caption) {
      const std::vector<std::string> cut = lettering(cell).wrapped(line, cell_width_, 1);
      if (!cut.empty())
        lettering(cell).draw(page, x, line_y, cut.front(), cell.marked ? kMark : kQuiet);
      line_y += plain_.line_height_px();
    }
  }

  static void draw_lines(Picture& page, const Lettering& lettering, int x, int y,
                         const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
      lettering.draw(page, x, y, line);
      y += lettering.line_height_px();
    }
  }

  int x_of(int column) const { return kGap_px + label_width_ + column * (cell_width_ + kGap_px); }

  static constexpr int kWidestLabel_px = 140, kWidestCaption_px = 180, kMostLabelLines = 3,
                       kWidest_px = 32768;

  const GridSheet& sheet_;
  Lettering plain_, bold_, title_;
  int blocks_ = 1, rows_ = 1, columns_ = 1;
  int cell_width_ = 0, cell_height_ = 0, caption_height_ = 0;
  int label_width_ = 0, head_height_ = 0, block_head_height_ = 0, row_height_ = 0;
  int width_ = 0, height_ = 0;
  std::vector<std::string> title_lines_;
};

}  // namespace

Picture draw_sheet(const GridSheet& sheet) { return Layout(sheet).draw(); }

}  // namespace clipguide::workflow
