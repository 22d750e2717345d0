#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace clipguide::base {

/// What vector code may be run, each with all that stands before it.
///   avx2         with FMA
///   avx512       F, BW, DQ, VL
///   avx512_bf16  products of bf16 pairs, summed in f32
///   amx          tiles of bf16, on Linux
enum class InstructionSet { portable, avx2, avx512, avx512_bf16, amx };

/// "portable", "avx2", "avx512", "avx512-bf16", "amx"; and back, nothing for any other text.
std::string_view name(InstructionSet set);
std::optional<InstructionSet> parse_instruction_set(std::string_view text);

/// Whether processor and operating system can run it. For amx this asks the system, once, to let
/// the process use the tiles.
bool is_supported(InstructionSet set);

/// Those that this machine can run, the slowest first.
std::vector<InstructionSet> supported_instruction_sets();

/// The last of them.
InstructionSet best_instruction_set();

}  // namespace clipguide::base
