#pragma once

#include <memory>

#include "clipguide/base/log.h"
#include "clipguide/clip/config.h"
#include "clipguide/clip/frozen/frozen_tower.h"
#include "clipguide/clip/frozen/weight_packer.h"
#include "clipguide/clip/image_tower.h"
#include "clipguide/clip/tower_options.h"

namespace clipguide::clip::frozen {

/// What the options mean on this machine.
TowerChoice choose(const TowerOptions& options);
/// The kernels with the rows that it means.   throws  as kernels_for
const Kernels& kernels_of(const TowerOptions& options);

/// The module's weights, as they are now, in the kernels that the options name; the module is not
/// needed afterwards. Null, with a remark, where there is no plan for this kind of tower.
///   threads  that the tower computes with, >= 1
///   packer   holds the packed weights afterwards; where it is ready, the module's are not looked
///   at throws   UsageError where the machine lacks what the options ask for
std::unique_ptr<FrozenTower> compile_tower(
    const ImageTower& module, const ClipConfig& config, const TowerOptions& options, int threads,
    const base::LogSink& log = {},
    std::shared_ptr<WeightPacker> packer = std::make_shared<WeightPacker>());

}  // namespace clipguide::clip::frozen
