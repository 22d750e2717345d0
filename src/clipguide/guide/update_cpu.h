#pragma once

#include <cstdint>

/// What an update needs beside its direction, each in one pass over memory. Bits do not depend on
/// the number of threads. Knows no torch.
namespace clipguide::guide {

double sum_of_squares_cpu(const float* values, std::int64_t count, int threads);

/// parameter -= factor * update
void subtract_cpu(float* parameter, const float* update, float factor, std::int64_t count,
                  int threads);

}  // namespace clipguide::guide
