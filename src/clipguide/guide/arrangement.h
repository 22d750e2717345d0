#pragma once

#include <cstdint>
#include <vector>

#include "clipguide/base/random.h"
#include "clipguide/canvas/placement.h"
#include "clipguide/imaging/layout.h"
#include "clipguide/objective/names.h"

/// Random collages, of which a search takes the best: which forms, where, on what ground.
namespace clipguide::guide {

/// Forms of a stock to draw from for one thing.
struct FormGroup {
  int first = 0, count = 0;  ///< rows of the stock
  std::int64_t thing = -1;   ///< row of the names; -1: the prompts
  int part = -1;             ///< the region whose prompt names it; -1: the whole picture
};

/// Where things are to lie: rows of the names, the one left of or above the other.
struct ThingSide {
  std::int64_t one = 0, other = 0;
  objective::Relation::Side side = objective::Relation::Side::left;
};

struct Arrangement {
  imaging::Layout ground;
  std::vector<canvas::Placement> objects;
  std::vector<std::int64_t> things;  ///< of the objects, as FormGroup has it
  std::vector<int> rows;             ///< of the stock, one an object
};

struct ArrangementWish {
  std::vector<FormGroup> groups;
  std::vector<ThingSide> sides = {};
  int copies = 1;          ///< of a single thing
  int most = 1;            ///< objects
  int room = 0;            ///< for so much that is there already: objects are smaller then
  double aspect = 1;       ///< of the picture, width to height
  canvas::Area area = {};  ///< that the objects stay within
  /// The picture is mirrored left to right: a single object may stand on the axis too, as a whole
  /// that is half its own and half its image.
  bool mirrored = false;
  std::vector<canvas::Area> taken = {};  ///< by others: left free as far as there is room
};

/// Without blobs: objects stand for what lies on a ground.
imaging::Layout draw_ground(const base::RandomStream& stream);

/// Each thing named once, in any order; a single one as often as is said, always in one form.
///   codes  of the stock, [F, C]
Arrangement draw_arrangement(base::RandomStream stream, const ArrangementWish& wish,
                             const at::Tensor& codes);

/// An object of a picture as it lies in one of its areas, taken as a picture of its own.
canvas::Placement seen_in(const canvas::Placement& object, const canvas::Area& area, double aspect);

}  // namespace clipguide::guide
