#include "clipguide/guide/seen_object.h"

#include <algorithm>

#include "clipguide/base/error.h"

namespace clipguide::guide {
namespace {

using imaging::Outline;
using nlohmann::json;

constexpr double kLeastShare = 1e-3;  // of the picture: 13 x 13 px of 400 x 400

Outline outline_of(const json& numbers) {
  if (!numbers.is_array() || numbers.size() < 6 || numbers.size() % 2 != 0)
    throw base::FormatError("objects: expected outlines of three points or more");
  Outline outline;
  for (std::size_t i = 0; i < numbers.size(); i += 2)
    outline.push_back({numbers[i].get<double>(), numbers[i + 1].get<double>()});
  return outline;
}

}  // namespace

std::vector<SeenObject> seen_objects(const at::Tensor& shares,
                                     const std::vector<objective::Name>& things, bool apart,
                                     imaging::Point scale) {
  const double least_px = kLeastShare * double(shares.size(1) * shares.size(2));
  std::vector<SeenObject> objects;
  for (std::int64_t k = 0; k < shares.size(0); ++k) {
    std::vector<Outline> parts = imaging::outlines_of(shares[k]);
    std::erase_if(parts, [&](const Outline& part) { return imaging::area_of(part) < least_px; });
    const objective::Name thing =
        std::size_t(k) < things.size() ? things[std::size_t(k)] : objective::Name();
    for (Outline& part : parts) {
      for (imaging::Point& point : part)
        point = {imaging::in_tenths(point.x * scale.x), imaging::in_tenths(point.y * scale.y)};
      if (apart || &part == &parts.front()) objects.push_back({thing, {}});
      objects.back().outlines.push_back(std::move(part));
    }
  }
  return objects;
}

json to_json(const std::vector<Outline>& outlines) {
  json list = json::array();
  for (const Outline& outline : outlines) {
    json numbers = json::array();
    for (const imaging::Point& point : outline) {
      numbers.push_back(point.x);
      numbers.push_back(point.y);
    }
    list.push_back(std::move(numbers));
  }
  return list;
}

json to_json(const std::vector<SeenObject>& objects) {
  json list = json::array();
  for (const SeenObject& object : objects)
    list.push_back({{"name", object.thing.text},
                    {"also", object.thing.also},
                    {"outlines", to_json(object.outlines)}});
  return list;
}

std::vector<SeenObject> seen_objects_of(const json& list) {
  if (!list.is_array()) throw base::FormatError("objects: expected a list");
  std::vector<SeenObject> objects;
  try {
    for (const json& row : list) {
      SeenObject object;
      object.thing = {row.at("name").get<std::string>(),
                      row.at("also").get<std::vector<std::string>>()};
      for (const json& numbers : row.at("outlines")) object.outlines.push_back(outline_of(numbers));
      if (object.outlines.empty()) throw base::FormatError("objects: expected an outline of each");
      objects.push_back(std::move(object));
    }
  } catch (const json::exception&) {
    throw base::FormatError("objects: expected a name and outlines of each");
  }
  return objects;
}

}  // namespace clipguide::guide
