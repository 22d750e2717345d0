#include "clipguide/workflow/dataset_objects.h"

#include <algorithm>
#include <limits>

namespace clipguide::workflow {
namespace {

using nlohmann::json;

/// How long the shortest words of a class are that say a name; none: no words do.
std::optional<std::size_t> shortest_words(const DatasetClass& of, const objective::Name& name) {
  std::optional<std::size_t> shortest;
  for (const std::string& words : of.slots.at("class"))
    if (!objective::names_said({name}, {words}).empty())
      shortest = std::min(shortest.value_or(words.size()), words.size());
  return shortest;
}

}  // namespace

const DatasetClass* class_of(const guide::SeenObject& object, const DatasetClass& of_picture,
                             const std::vector<DatasetClass>& classes) {
  if (object.thing.text.empty() || shortest_words(of_picture, object.thing)) return &of_picture;
  const DatasetClass* nearest = nullptr;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const DatasetClass& of : classes)
    if (const auto length = shortest_words(of, object.thing); length && *length < least)
      least = *length, nearest = &of;
  return nearest;
}

json box_of(const guide::SeenObject& object) {
  imaging::Point low = object.outlines.at(0).at(0), high = low;
  for (const imaging::Outline& outline : object.outlines)
    for (const imaging::Point& point : outline) {
      low = {std::min(low.x, point.x), std::min(low.y, point.y)};
      high = {std::max(high.x, point.x), std::max(high.y, point.y)};
    }
  return {low.x, low.y, imaging::in_tenths(high.x - low.x), imaging::in_tenths(high.y - low.y)};
}

json lines_of(const std::vector<guide::SeenObject>& objects, const DatasetClass& of_picture,
              const std::vector<DatasetClass>& classes) {
  json lines = json::array();
  for (const guide::SeenObject& object : objects) {
    const DatasetClass* of = class_of(object, of_picture, classes);
    lines.push_back({{"name", object.thing.text},
                     {"category", of ? json(of->name) : json()},
                     {"box", box_of(object)}});
  }
  return lines;
}

}  // namespace clipguide::workflow
