#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clipguide/media/picture.h"
#include "training/world/sprite.h"

namespace clipguide::training {

/// One picture of a sheet: side_px * side_px RGB, and the words under it.
struct SheetCell {
  int side_px = 0;
  std::vector<std::uint8_t> rgb;
  std::string caption;
};

/// Lays pictures of one size out in columns, each with its caption below.
media::Picture sheet_of(const std::vector<SheetCell>& cells, int columns, const world::Font& font);

/// The same cell, every pixel `times` as large.
SheetCell enlarged(const SheetCell& cell, int times);

}  // namespace clipguide::training
