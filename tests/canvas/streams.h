#pragma once

#include <vector>

#include "clipguide/base/random.h"

namespace clipguide::canvas {

/// Starting noise for one picture.
inline const std::vector<base::RandomStream> kStreams = {base::RandomStream(4, "init")};

}  // namespace clipguide::canvas
