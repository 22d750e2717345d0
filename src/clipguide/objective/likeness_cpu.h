#pragma once

#include <cstdint>

#include "clipguide/base/instruction_set.h"

namespace clipguide::objective {

/// out [R, K] = rows [R, D] times the transpose of texts [K, D]. Every sum adds in one order,
/// whatever the number of threads and the instruction set.
void inner_products_cpu(const float* rows, std::int64_t row_count, const float* texts,
                        std::int64_t text_count, std::int64_t length, float* out, int threads,
                        base::InstructionSet set = base::best_instruction_set());

/// out [R, D] = weights [R, K] times texts [K, D]: the gradient of the former to its rows.
/// Likewise.
void weighted_sums_cpu(const float* weights, std::int64_t row_count, const float* texts,
                       std::int64_t text_count, std::int64_t length, float* out, int threads,
                       base::InstructionSet set = base::best_instruction_set());

}  // namespace clipguide::objective
