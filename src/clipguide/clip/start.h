#pragma once

namespace clipguide::clip {

/// What a new tower's weights hold: the random values from which training starts, or nothing yet
/// because a checkpoint is about to fill them (a billion random numbers take half a minute).
enum class Start { random, empty };

}  // namespace clipguide::clip
