#pragma once

#include <cstdint>
#include <functional>

namespace clipguide::guide {

/// How many of a step's `views` may be in memory at once.
///   most_bytes   what the process may use
///   start_bytes  what it used to begin
///   use_of       the process's largest use in a step with so many views at once: asked for one
///                view, two, four .. as long as that is expected to fit
///   throws  UsageError saying how much a single view takes, where that is more than allowed
int views_that_fit(std::int64_t most_bytes, std::int64_t start_bytes, int views,
                   const std::function<std::int64_t(int)>& use_of);

}  // namespace clipguide::guide
