#pragma once

#include "clipguide/base/parallel.h"

namespace clipguide::view {

using base::run_parallel;

}  // namespace clipguide::view
