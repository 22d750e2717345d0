#pragma once

#include <vector>

namespace clipguide::base {

/// What kernels are compiled for, beside the compiler's own target; ascending.
enum class InstructionSet { portable, avx2, avx512 };

/// Those that this processor has, `portable` first.
const std::vector<InstructionSet>& instruction_sets();

/// The last of them.
InstructionSet best_instruction_set();

const char* name_of(InstructionSet set);

}  // namespace clipguide::base
