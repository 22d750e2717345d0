#include "clipguide/kernels/kernel_sets.h"
#include "clipguide/kernels/row_kernels.h"

namespace clipguide::kernels {

const Kernels kAvx512Bf16Kernels =
    make_kernels<Bf16, 2>(base::InstructionSet::avx512_bf16, Element::bf16);

}  // namespace clipguide::kernels
