#include "clipguide/clip/frozen/kernels.h"

#include "clipguide/base/error.h"
#include "clipguide/clip/frozen/kernel_sets.h"

namespace clipguide::clip::frozen {

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

const Kernels& nearly_f32_kernels_for(base::InstructionSet set) {
  const Kernels& own = kernels_for(set);
#if defined(__x86_64__)
  if (set == base::InstructionSet::amx) return kAmxSplitKernels;
#endif
  return own.element == Element::f32 ? own : kernels_for(base::InstructionSet::avx512);
}

}  // namespace clipguide::clip::frozen
