#include "clipguide/kernels/kernels.h"

#include <algorithm>

#include "clipguide/base/error.h"
#include "clipguide/kernels/kernel_sets.h"

namespace clipguide::kernels {

const Kernels& kernels_for(base::InstructionSet set) {
  if (!base::is_supported(set))
    throw base::UsageError(
        fmt::format("kernels: expected an instruction set that this machine has, got {}",
                    base::name(set)),
        fmt::format("the best it has is {}",
                    base::name(base::supported_instruction_sets().back())));
#if defined(__x86_64__)
  switch (set) {
    case base::InstructionSet::portable:
      return kPortableKernels;
    case base::InstructionSet::avx2:
      return kAvx2Kernels;
    case base::InstructionSet::avx512:
      return kAvx512Kernels;
    case base::InstructionSet::avx512_bf16:
      return kAvx512Bf16Kernels;
    case base::InstructionSet::amx:
      return kAmxKernels;
  }
#endif
  return kPortableKernels;
}

const Kernels& kernels_for(base::InstructionSet set, Element element) {
  const bool bf16 = element == Element::bf16;
  if (bf16 && set < base::InstructionSet::avx512_bf16)
    base::throw_error<base::UsageError>(
        "precision: expected kernels with bf16 (avx512-bf16 or amx), got {}", base::name(set));
  return kernels_for(bf16 ? set : std::min(set, base::InstructionSet::avx512));
}

const Kernels& nearly_f32_kernels_for(base::InstructionSet set) {
  const Kernels& own = kernels_for(set);
#if defined(__x86_64__)
  if (set == base::InstructionSet::amx) return kAmxSplitKernels;
#endif
  return own.element == Element::f32 ? own : kernels_for(set, Element::f32);
}

}  // namespace clipguide::kernels
