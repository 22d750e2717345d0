#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "clipguide/imaging/outline.h"
#include "clipguide/objective/names.h"

namespace clipguide::guide {

/// An object of a collage as its picture shows it.
struct SeenObject {
  objective::Name thing;  ///< that it began as; its text is empty where the prompts name none
  std::vector<imaging::Outline> outlines;  ///< of its visible parts, px of the picture; never none
};

/// The objects of which enough is seen to be told: parts of a thousandth of the picture or more.
///   shares     [K, H, W] in [0, 1]: how much of each pixel is whose
///   things     of the objects; those beyond have no name
///   apart      each part is an object of its own: where a picture repeats or mirrors them
///   scale      across and down: px of the written picture for each of the shares
std::vector<SeenObject> seen_objects(const at::Tensor& shares,
                                     const std::vector<objective::Name>& things, bool apart,
                                     imaging::Point scale);

/// A list of x, y, x, y, .. of each, as COCO writes polygons.
nlohmann::json to_json(const std::vector<imaging::Outline>& outlines);

/// As a picture's metadata and records hold them; what is read equals what was written.
///   throws  FormatError for what is no such list
nlohmann::json to_json(const std::vector<SeenObject>& objects);
std::vector<SeenObject> seen_objects_of(const nlohmann::json& list);

}  // namespace clipguide::guide
