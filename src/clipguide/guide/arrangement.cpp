#include "clipguide/guide/arrangement.h"

#include <algorithm>
#include <cmath>

namespace clipguide::guide {
namespace {

constexpr double kApart = 0.4;  // of two objects' centres, in parts of both sizes

/// The area that objects lie in, as a picture of its own: places in parts of its sides, sizes in
/// parts of its shorter one.
struct Frame {
  Frame(const ArrangementWish& wish, const canvas::Area& of)
      : area(of), shorter(canvas::shorter_side(area, wish.aspect)) {
    if (area.is_whole()) return;
    by_width = shorter / (area.width * std::max(1.0, wish.aspect));
    by_height = shorter / (area.height * std::max(1.0, 1 / wish.aspect));
  }

  /// How far from the middle a centre may lie: all of the object within an area, nearly all of it
  /// within the picture.
  double reach(double size, double by_side) const {
    return area.is_whole() ? 0.5 - 0.45 * size : std::max(0.0, 0.5 - 0.5 * size * by_side);
  }

  canvas::Placement in_picture(canvas::Placement object) const {
    if (area.is_whole()) return object;
    object.x = area.x + object.x * area.width;
    object.y = area.y + object.y * area.height;
    object.size *= shorter;
    object.area = area;
    return object;
  }

  canvas::Area area;
  double shorter = 1, by_width = 1, by_height = 1;
};

/// Whether most of an object of the picture lies outside of all these areas.
bool is_free(const canvas::Placement& object, const std::vector<canvas::Area>& taken,
             double aspect) {
  constexpr double kSeen = 0.35;  // of its square on each side of its centre
  const double reach_x = kSeen * object.size / std::max(1.0, aspect),
               reach_y = kSeen * object.size / std::max(1.0, 1 / aspect);
  const canvas::Area own{object.x - reach_x, object.y - reach_y, 2 * reach_x, 2 * reach_y};
  return std::all_of(taken.begin(), taken.end(), [&](const canvas::Area& area) {
    return canvas::common_part(own, area).is_empty();
  });
}

/// Where so many objects may stand in a frame: one near the middle, several smaller and apart.
std::vector<canvas::Placement> draw_places(base::RandomStream& stream, int count,
                                           const ArrangementWish& wish, const Frame& frame) {
  // Beside areas that are taken a place is looked for longer, and for smaller objects.
  const int attempts = wish.taken.empty() ? 8 : 40;
  const double shrink = wish.taken.empty() ? 1 : 0.98;
  const float largest[] = {0.92f, 0.62f, 0.46f}, smallest[] = {0.55f, 0.38f, 0.3f};
  const int together = count + wish.room;
  std::vector<canvas::Placement> places;
  for (int k = 0; k < count; ++k) {
    const std::size_t row = std::size_t(std::min(together, 3) - 1);
    canvas::Placement place;
    place.size = stream.uniform(smallest[row], largest[row]);
    place.turn = stream.uniform(-0.15f, 0.15f);
    for (int attempt = 0; attempt < attempts; ++attempt, place.size *= shrink) {
      float reach_x = 0.5f - 0.45f * float(place.size), reach_y = reach_x;
      if (!frame.area.is_whole()) {
        reach_x = float(frame.reach(place.size, frame.by_width));
        reach_y = float(frame.reach(place.size, frame.by_height));
      } else if (together == 1) {
        reach_x = reach_y = 0.12f;
      }
      place.x = 0.5 + stream.uniform(-reach_x, reach_x);
      place.y = 0.5 + stream.uniform(-reach_y, reach_y);
      const bool apart = std::all_of(places.begin(), places.end(), [&](const auto& other) {
        return std::hypot(place.x - other.x, place.y - other.y) >
               kApart * (place.size + other.size);
      });
      if (apart && is_free(frame.in_picture(place), wish.taken, wish.aspect)) break;
    }
    places.push_back(place);
  }
  return places;
}

/// Along one axis the first to its place before the second, apart from it, and both within reach.
void put_before(double& first, double& second, double apart, double reach_first,
                double reach_second) {
  if (first > second) std::swap(first, second);
  const double missing = std::max(0.0, apart - (second - first));
  first = std::clamp(first - missing / 2, 0.5 - reach_first, 0.5 + reach_first);
  second = std::clamp(second + missing / 2, 0.5 - reach_second, 0.5 + reach_second);
}

/// Objects where the prompts say that they lie, two of them about level or in line.
void heed_sides(const std::vector<ThingSide>& sides, const Frame& frame, Arrangement& made) {
  for (const ThingSide& side : sides) {
    const auto find = [&](std::int64_t thing) {
      const auto at = std::find(made.things.begin(), made.things.end(), thing);
      return at == made.things.end() ? nullptr
                                     : &made.objects[std::size_t(at - made.things.begin())];
    };
    canvas::Placement *const one = find(side.one), *const other = find(side.other);
    if (!one || !other) continue;
    const bool across = side.side == objective::Relation::Side::left;
    const auto reach = [&](const canvas::Placement& object) {
      return frame.reach(object.size, across ? frame.by_width : frame.by_height);
    };
    put_before(across ? one->x : one->y, across ? other->x : other->y,
               kApart * (one->size + other->size), reach(*one), reach(*other));
    if (sides.size() > 1) continue;  // the other axis may be spoken of too
    double &first = across ? one->y : one->x, &second = across ? other->y : other->x;
    const double middle = (first + second) / 2;
    first = (first + middle) / 2, second = (second + middle) / 2;
  }
}

}  // namespace

imaging::Layout draw_ground(const base::RandomStream& stream) {
  imaging::Layout ground = imaging::draw_layout(stream);
  ground.blobs.clear();
  return ground;
}

Arrangement draw_arrangement(base::RandomStream stream, const ArrangementWish& wish,
                             const at::Tensor& codes) {
  Arrangement made;
  made.ground = draw_ground(stream.named("ground"));
  std::vector<FormGroup> groups = wish.groups;
  for (std::size_t g = groups.size(); g > 1; --g)
    std::swap(groups[g - 1], groups[std::size_t(stream.below(int(g)))]);
  if (groups.size() == 1) {
    const int row = groups[0].first + stream.below(groups[0].count);
    groups.assign(std::size_t(wish.copies), {row, 1, groups[0].thing});
  }
  groups.resize(std::min<std::size_t>(groups.size(), std::size_t(wish.most)));
  const bool on_axis = wish.mirrored && groups.size() == 1 && stream.named("axis").chance(0.5f);
  const Frame frame(wish, on_axis ? canvas::Area{} : wish.area);
  made.objects = draw_places(stream, int(groups.size()), wish, frame);
  if (on_axis) made.objects[0].x = 0.5, made.objects[0].turn = 0;
  for (std::size_t k = 0; k < groups.size(); ++k) {
    const int row = groups[k].first + (groups[k].count > 1 ? stream.below(groups[k].count) : 0);
    made.rows.push_back(row);
    made.things.push_back(groups[k].thing);
    made.objects[k].code = codes[row];
  }
  heed_sides(wish.sides, frame, made);
  for (canvas::Placement& object : made.objects) object = frame.in_picture(object);
  return made;
}

canvas::Placement seen_in(const canvas::Placement& object, const canvas::Area& area,
                          double aspect) {
  canvas::Placement seen = object;
  seen.x = (object.x - area.x) / area.width;
  seen.y = (object.y - area.y) / area.height;
  seen.size = object.size / canvas::shorter_side(area, aspect);
  return seen;
}

}  // namespace clipguide::guide
