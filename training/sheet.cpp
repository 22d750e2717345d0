#include "training/sheet.h"

#include <algorithm>

namespace clipguide::training {
namespace {

constexpr int kGap_px = 6, kEm_px = 10, kLines = 4, kLineHeight_px = 13;

std::vector<std::string> wrapped(const std::string& text, int width_px, const world::Font& font) {
  std::vector<std::string> lines(1);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    const std::string longer = lines.back().empty() ? word : lines.back() + " " + word;
    if (!lines.back().empty() && font.line(longer, kEm_px).width_px > width_px)
      lines.push_back(word);
    else
      lines.back() = longer;
    at = end + 1;
  }
  lines.resize(std::min<std::size_t>(lines.size(), kLines));
  return lines;
}

void write_line(media::Picture& sheet, const world::Font::Line& line, int left, int top) {
  for (int y = 0; y < line.height_px; ++y) {
    for (int x = 0; x < line.width_px; ++x) {
      if (left + x >= sheet.width_px || top + y >= sheet.height_px) continue;
      const int ink = line.coverage[std::size_t(y) * std::size_t(line.width_px) + std::size_t(x)];
      std::uint8_t* p =
          sheet.rgb.data() +
          (std::size_t(top + y) * std::size_t(sheet.width_px) + std::size_t(left + x)) * 3;
      for (int c = 0; c < 3; ++c) p[c] = std::uint8_t(p[c] * (255 - ink) / 255);
    }
  }
}

}  // namespace

SheetCell enlarged(const SheetCell& cell, int times) {
  SheetCell large = {cell.side_px * times, {}, cell.caption};
  large.rgb.resize(std::size_t(large.side_px) * std::size_t(large.side_px) * 3);
  for (int y = 0; y < large.side_px; ++y) {
    for (int x = 0; x < large.side_px; ++x) {
      const std::uint8_t* from =
          cell.rgb.data() +
          (std::size_t(y / times) * std::size_t(cell.side_px) + std::size_t(x / times)) * 3;
      std::copy_n(
          from, 3,
          large.rgb.data() + (std::size_t(y) * std::size_t(large.side_px) + std::size_t(x)) * 3);
    }
  }
  return large;
}

media::Picture sheet_of(const std::vector<SheetCell>& cells, int columns, const world::Font& font) {
  media::Picture sheet;
  if (cells.empty()) return sheet;
  const int side = cells[0].side_px, step_x = side + kGap_px,
            step_y = side + kGap_px + kLines * kLineHeight_px;
  const int rows = (int(cells.size()) + columns - 1) / columns;
  sheet.width_px = columns * step_x;
  sheet.height_px = rows * step_y;
  sheet.rgb.assign(std::size_t(sheet.width_px) * std::size_t(sheet.height_px) * 3, 255);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const int left = int(i) % columns * step_x, top = int(i) / columns * step_y;
    for (int y = 0; y < side; ++y) {
      std::copy_n(cells[i].rgb.data() + std::size_t(y) * std::size_t(side) * 3,
                  std::size_t(side) * 3,
                  sheet.rgb.data() +
                      (std::size_t(top + y) * std::size_t(sheet.width_px) + std::size_t(left)) * 3);
    }
    int line_top = top + side + 1;
    for (const std::string& line : wrapped(cells[i].caption, step_x - 2, font)) {
      write_line(sheet, font.line(line, kEm_px), left, line_top);
      line_top += kLineHeight_px;
    }
  }
  return sheet;
}

}  // namespace clipguide::training
