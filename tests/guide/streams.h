#pragma once

#include <vector>

#include "clipguide/base/random.h"

namespace clipguide::guide {

/// Views of one picture.
inline const std::vector<base::RandomStream> kStreams = {base::RandomStream(1, "views")};

}  // namespace clipguide::guide
