#pragma once

#include <vector>

#include "clipguide/guide/seen_object.h"
#include "clipguide/workflow/dataset_spec.h"

/// Which classes of a data set the objects of its pictures belong to, and where they lie.
namespace clipguide::workflow {

/// The class that an object stands for, or null. By its name, in the words that fill {class}: that
/// of its picture first, then the one whose words say least besides. An object without a name
/// stands for the prompt, and so for its picture's class.
const DatasetClass* class_of(const guide::SeenObject& object, const DatasetClass& of_picture,
                             const std::vector<DatasetClass>& classes);

/// Around an object's outlines, cut to the picture: COCO's bbox, [x, y, width, height] in px.
nlohmann::json box_of(const guide::SeenObject& object);

/// For manifests: [{name, category, box}]; category null for what is of no class.
nlohmann::json lines_of(const std::vector<guide::SeenObject>& objects,
                        const DatasetClass& of_picture, const std::vector<DatasetClass>& classes);

}  // namespace clipguide::workflow
