#pragma once

#include <cstdint>

namespace clipguide::base {

/// The largest resident memory of this process since it began, or since it was last forgotten
/// (Linux: VmHWM).
std::int64_t largest_memory_bytes();

/// Gives back what is free and begins anew with what is resident now.
///   returns  false where the kernel does not let it: the largest then stays what it was
bool forget_largest_memory();

}  // namespace clipguide::base
