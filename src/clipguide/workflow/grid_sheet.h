#pragma once

#include <string>
#include <vector>

#include "clipguide/media/picture.h"

/// Pictures on one sheet, with a title, the names of rows and columns, and a caption under each.
namespace clipguide::workflow {

struct SheetCell {
  media::Picture picture;
  std::vector<std::string> caption;  ///< lines
  bool marked = false;               ///< framed, to stand out
};

/// As ExploreGrid: blocks x rows x columns cells, or any number without labels of columns.
struct GridSheet {
  std::string title;
  std::vector<std::string> blocks, rows, columns;
  std::vector<SheetCell> cells;
};

/// Black on white, each picture in its own size in a cell as large as the largest, or as wide as
/// its caption.
///   throws  LimitError when the sheet would pass media::ReadLimits; ShapeError when the cells do
///           not match the labels; as media::Lettering does
media::Picture draw_sheet(const GridSheet& sheet);

}  // namespace clipguide::workflow
