#pragma once

#include <filesystem>
#include <string>

#include "clipguide/clip/clip_model.h"
#include "clipguide/clip/frozen/frozen_tower.h"
#include "clipguide/clip/model_files.h"

namespace clipguide::clip {

/// Where a model's packed weights lie, and what they were packed from and for: another version of
/// the file, other kernels or another shape of the tower make another key.
struct PackedPlace {
  std::filesystem::path file;  ///< empty: nowhere
  std::string key;
};

/// The weight files are told apart by their place, size, time of change and number in the file
/// system; they are not read.
PackedPlace packed_place(const std::filesystem::path& folder, const ModelFiles& files,
                         const ClipConfig& config, const frozen::TowerChoice& choice);

}  // namespace clipguide::clip
