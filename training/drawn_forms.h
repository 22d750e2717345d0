#pragma once

#include <filesystem>
#include <vector>

#include "training/world/catalogue.h"

namespace clipguide::training {

/// Every look of every thing a second time, as the generator of forms draws it from the code that
/// belongs to it: what guidance shows a model.
///   file  forms.safetensors of the same catalogue
///   throws  FormatError for the forms of another catalogue, IoError
void add_drawn_forms(std::vector<world::Thing>& things, const std::filesystem::path& file);

}  // namespace clipguide::training
