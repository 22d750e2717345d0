#include "clipguide/base/instruction_set.h"

#include <array>
#include <cstdint>
#include <utility>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace clipguide::base {
namespace {

constexpr std::array kNames = {
    std::pair{InstructionSet::portable, std::string_view("portable")},
    std::pair{InstructionSet::avx2, std::string_view("avx2")},
    std::pair{InstructionSet::avx512, std::string_view("avx512")},
    std::pair{InstructionSet::avx512_bf16, std::string_view("avx512-bf16")},
    std::pair{InstructionSet::amx, std::string_view("amx")},
};

#if defined(__x86_64__)

struct Registers {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

Registers cpuid(unsigned leaf, unsigned subleaf) {
  Registers r;
  if (!__get_cpuid_count(leaf, subleaf, &r.a, &r.b, &r.c, &r.d)) return {};
  return r;
}

bool bit(unsigned word, int index) { return (word >> index & 1) != 0; }

// The registers that the operating system saves (XCR0); 0 where it saves none.
std::uint64_t saved_registers() {
  if (!bit(cpuid(1, 0).c, 27)) return 0;  // OSXSAVE
  unsigned low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return std::uint64_t(high) << 32 | low;
}

bool may_use_tiles() {
#if defined(__linux__)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

InstructionSet best_of_machine() {
  const Registers basic = cpuid(1, 0), more = cpuid(7, 0), most = cpuid(7, 1);
  const std::uint64_t saved = saved_registers();
  constexpr std::uint64_t kYmm = 0x6, kZmm = 0xe6, kTiles = 0x60000;
  const auto saves = [saved](std::uint64_t wanted) { return (saved & wanted) == wanted; };

  const bool fma = bit(basic.c, 12), avx2 = bit(more.b, 5);
  if (!saves(kYmm) || !fma || !avx2) return InstructionSet::portable;
  const bool f = bit(more.b, 16), dq = bit(more.b, 17), bw = bit(more.b, 30), vl = bit(more.b, 31);
  if (!saves(kZmm) || !f || !dq || !bw || !vl) return InstructionSet::avx2;
  if (!bit(most.a, 5)) return InstructionSet::avx512;
  const bool tile_bf16 = bit(more.d, 22), tile = bit(more.d, 24);
  if (!saves(kTiles) || !tile_bf16 || !tile || !may_use_tiles()) return InstructionSet::avx512_bf16;
  return InstructionSet::amx;
}

#else

InstructionSet best_of_machine() { return InstructionSet::portable; }

#endif

}  // namespace

std::string_view name(InstructionSet set) {
  for (const auto& [known, text] : kNames)
    if (known == set) return text;
  return {};
}

std::optional<InstructionSet> parse_instruction_set(std::string_view text) {
  for (const auto& [set, known] : kNames)
    if (known == text) return set;
  return {};
}

bool is_supported(InstructionSet set) {
  static const InstructionSet best = best_of_machine();
  return set <= best;
}

InstructionSet best_instruction_set() {
  static const InstructionSet best = supported_instruction_sets().back();
  return best;
}

std::vector<InstructionSet> supported_instruction_sets() {
  std::vector<InstructionSet> sets;
  for (const auto& [set, text] : kNames)
    if (is_supported(set)) sets.push_back(set);
  return sets;
}

}  // namespace clipguide::base
